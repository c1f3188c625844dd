import Ajv, { Options } from "ajv";

/**
 * These options halve the time to compile a schema: each run compiles anew but validates only once. The tests check that
 * the schemas themselves are valid.
 */
const quickToCompile: Options = { validateSchema: false, meta: false, inlineRefs: false, code: { optimize: false } };

/** A validator for JSON Schemas that reports every fault, with the value that was found. */
export function newValidator(options: Options = {}): Ajv {
  // `tsType` is for the types that are generated from a schema.
  return new Ajv({ allErrors: true, verbose: true, ...quickToCompile, ...options }).addKeyword("tsType");
}
