import { closest, distance } from "fastest-levenshtein";

/** What to say about a name that is unknown: the accepted name that it resembles, or all of them. */
export function suggestKey(name: string, accepted: string[]): string {
  const nearest = closest(name.toLowerCase(), accepted);
  return distance(name.toLowerCase(), nearest.toLowerCase()) <= 2
    ? `did you mean ${nearest}?`
    : `accepted here: ${accepted.join(", ")}`;
}
