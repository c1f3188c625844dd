import Ajv from "ajv";
import deepmerge from "deepmerge";
import chartSchema from "../../chart/values.schema.json";
import { Values } from "../helpers/helm";

/** Whether the schema of the chart's values accepts some values. */
export const accepts = new Ajv({ strict: false }).compile(chartSchema);

/** A part of the schema of the chart's values, with its references resolved. */
export interface Schema {
  type?: string;
  enum?: string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  uniqueItems?: boolean;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
}

/** The schema of the chart's values. Of several accepted types, it has the first. */
export const schema: Schema = resolve(chartSchema);

/** The schema's leaves by their paths, such as `image.tag`. */
export function schemaLeaves({ properties }: Schema = schema, prefix = ""): Map<string, Schema> {
  const leaves = Object.entries(properties ?? {}).flatMap(([key, child]) =>
    child.properties ? [...schemaLeaves(child, `${prefix}${key}.`)] : [[prefix + key, child] as const],
  );
  return new Map(leaves);
}

/** Paths of all values; a map with free keys is one value. */
export function valueLeaves(values: Values, { properties }: Schema = schema, prefix = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const child = properties?.[key];
    return child?.properties ? valueLeaves(value as Values, child, `${prefix}${key}.`) : [prefix + key];
  });
}

/** The value at a path. */
export function valueAt(values: Values, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Values)[key], values);
}

/** Values with only the one at a path. */
export function valuesWith(path: string, value: unknown): Values {
  return path.split(".").reduceRight<unknown>((child, key) => ({ [key]: child }), value) as Values;
}

/** Values merged as Helm merges two values files. */
export function mergeValues(values: Values, over: Values): Values {
  return deepmerge(values, over, { arrayMerge: (_, array: unknown[]) => array });
}

/** A valid value that differs from the given one; lists and maps get one more item. */
export function anotherValue(part: Schema, value?: unknown): unknown {
  switch (part.type) {
    case "boolean":
      return !value;
    case "integer":
      return Number(value ?? 0) + 1;
    case "array":
      return [...((value as unknown[]) ?? []), anotherValue(part.items!, (value as unknown[])?.[0])];
    case "object": {
      const [[pattern, child] = ["", { type: "string" }]] = Object.entries(part.patternProperties ?? {});
      const key = keys.find((text) => new RegExp(pattern).test(text))!;
      const children = part.properties ?? { [key]: child };
      return { ...(value as Values), ...mapValues(children, (child) => anotherValue(child)) };
    }
    default: {
      const other = (part.enum ?? texts).find((text) => text !== value && new RegExp(part.pattern ?? "").test(text));
      if (other === undefined) {
        throw new Error(`no text of valuesSchema.ts fits the pattern ${part.pattern}`);
      }
      return other;
    }
  }
}

/** Strings of which one matches each pattern in the schema. */
const texts = ["other", "/other/path", "2Gi", "1m", "50%", `sha256:${"0".repeat(64)}`];

/** Keys of which one matches each pattern in the schema: those of quantities, labels and annotations, and of resources. */
const keys = ["ephemeral-storage", "limits"];

type Source = Record<string, unknown>;

function resolve(source: Source): Schema {
  const { $ref, anyOf, ...rest } = source;
  if (typeof $ref === "string") {
    const definitions: Record<string, Source> = chartSchema.definitions;
    return resolve(definitions[$ref.replace("#/definitions/", "")]);
  }
  if (Array.isArray(anyOf)) {
    return resolve((anyOf as Source[])[0]);
  }
  const part = rest as Schema;
  return {
    ...part,
    ...(part.properties && { properties: mapValues(part.properties as Record<string, Source>, resolve) }),
    ...(part.patternProperties && {
      patternProperties: mapValues(part.patternProperties as Record<string, Source>, resolve),
    }),
    ...(part.items && { items: resolve(part.items as Source) }),
  };
}

function mapValues<T, U>(object: Record<string, T>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
