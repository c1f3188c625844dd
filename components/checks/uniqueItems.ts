import type { FuncKeywordDefinition, SchemaValidateFunction } from "ajv";

/** An item of a list that has the same keys as an earlier one. */
export interface DuplicateItem {
  /** Index of the item and its key. */
  at: [index: string, key: string];
  problem: string;
}

type Item = Record<string, unknown>;

/**
 * Keyword of Kubernetes' schemas that names the fields by which the API server tells the items of a list apart, such as
 * the `mountPath` of volume mounts. Two items with the same keys are refused, or an upgrade loses one of them.
 * Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 */
export const listMapKeys: FuncKeywordDefinition & { keyword: string } = {
  keyword: "x-kubernetes-list-map-keys",
  type: "array",
  validate: findDuplicate,
};

function findDuplicate(this: unknown, keys: string[], items: Item[]): boolean {
  const ids = items.map((item) => JSON.stringify(keys.map((key) => item[key] ?? defaults[key])));
  const index = ids.findIndex((id, position) => ids.indexOf(id) < position);
  if (index < 0) {
    return true;
  }
  const [key] = keys;
  const first = ids.indexOf(ids[index]);
  const params: DuplicateItem = {
    at: [String(index), key],
    problem: `found ${JSON.stringify(items[index][key])}, which item ${first} of the list has, too`,
  };
  (findDuplicate as SchemaValidateFunction).errors = [
    { keyword: listMapKeys.keyword, params, message: params.problem },
  ];
  return false;
}

/** What a missing key stands for. */
const defaults: Item = { protocol: "TCP" };
