import type { ObjectChange } from "./objectChanges";

/** Most lines of one object's patch in a preview. */
const mostOfObject = 40;
/** Most lines of patches in a preview. */
const mostOfPreview = 120;

/** How many lines of patches a preview has printed so far. */
export interface PrintedLines {
  count: number;
}

/**
 * The patches of some objects, shortened to what a preview has room for.
 *
 * @param stack Name of the stack, for the command that prints what is left out.
 * @param printed Updated.
 */
export function excerpt(changes: ObjectChange[], stack: string, printed: PrintedLines): string[] {
  const lines: string[] = [];
  let isShortened = false;
  for (const { object, change, patch } of changes) {
    const all = patch.trimEnd().split("\n");
    const room = Math.min(mostOfObject, mostOfPreview - printed.count);
    const shown = all.slice(0, Math.max(room, 0));
    printed.count += shown.length;
    lines.push(...shown);
    if (shown.length < all.length) {
      isShortened = true;
      const hidden = all.length - shown.length;
      lines.push(shown.length > 0 ? `… ${hidden} more lines` : `… ${object} ${change}: ${hidden} lines`);
    }
  }
  return isShortened ? [...lines, `See all of it with: npm run diff -- ${stack} deployed`] : lines;
}
