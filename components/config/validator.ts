import Ajv, { Options } from "ajv";

/**
 * Options by which a schema is compiled in half the time: each run compiles anew, and validates but once. That the
 * schemas are valid themselves is for the tests.
 */
const quickToCompile: Options = { validateSchema: false, meta: false, inlineRefs: false, code: { optimize: false } };

/** A validator of JSON Schemas that tells every fault, with the value that was found. */
export function newValidator(options: Options = {}): Ajv {
  return new Ajv({ allErrors: true, verbose: true, ...quickToCompile, ...options });
}
