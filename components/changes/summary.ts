import { Impact } from "./impact";
import { ObjectChange } from "./objectChanges";

const impacts: Impact[] = ["restarts pods", "replaces", "touches data"];

/** One line: how many objects change, and the impacts, if known. */
export function summarize(changes: ObjectChange[]): string {
  const counts = (["changed", "added", "removed"] as const)
    .map((kind) => [changes.filter(({ change }) => change === kind).length, kind] as const)
    .filter(([count]) => count > 0)
    .map(([count, kind]) => `${count} ${kind}`);
  const known = changes.filter((change) => change.impacts !== undefined);
  const effects = impacts.map((impact) => {
    const objects = known.filter((change) => change.impacts?.includes(impact)).map(({ object }) => object);
    return `${impact}: ${objects.join(", ") || "none"}`;
  });
  const parts = [counts.join(", "), ...(known.length > 0 ? effects : [])];
  return counts.length === 0 ? "No manifest changes." : `${parts.join("; ")}.`;
}
