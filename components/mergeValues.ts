import deepmerge from "deepmerge";

type Values = Record<string, unknown>;

/**
 * Merges the program's values of a chart over those of the stack's author. Where both set a text or a number, the program's
 * wins. Where both have a list, the result is the author's items, then the program's.
 */
export function mergeValues(given: Values | undefined, own: Values): Values {
  return deepmerge<Values>(given ?? {}, own, {
    arrayMerge: (given: unknown[], own: unknown[]) => [...given, ...own],
    isMergeableObject: isPlain,
  });
}

/** Outputs are objects, too, but must stay what they are. */
function isPlain(value: unknown): boolean {
  return Array.isArray(value) || (typeof value === "object" && value?.constructor === Object);
}
