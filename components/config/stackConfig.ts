import { ErrorObject } from "ajv";
import chartSchema from "../../chart/values.schema.json";
import bitnamiSchema from "./bitnamiValues.schema.json";
import { isObject, SchemaSection, Values, withoutRemovals, withRemovals } from "./chartValues";
import { StackConfig } from "./config.generated";
import stackSchema from "./config.schema.json";
import { ConfigFault, InvalidConfigError, StackIdentity, withFaults } from "./configFault";
import { databaseValuesFaults, placeInValues } from "./databaseValues";
import { AcceptedValue, describeValue } from "./describeValue";
import { Encryption, encryptionFaults } from "./encryption";
import { externalFaults } from "./externalServers";
import { Refusal } from "./refusal";
import { parseSchedule } from "./schedule";
import { secretEnvFaults } from "./secretEnv";
import { suggestKey } from "./suggestKey";
import { newValidator } from "./validator";

const validate = newValidator()
  .addFormat("cron", (text) => parseSchedule(text) !== undefined)
  .addSchema(chartSchema, "../../chart/values.schema.json")
  .addSchema(bitnamiSchema, "bitnamiValues.schema.json")
  .compile<StackConfig>(stackSchema);

/** A stack's config. */
export interface ParsedConfig {
  /**
   * The config, without the values that do not fit the schema. Of the app's values, those that are null remove a default of
   * the chart.
   */
  config: StackConfig;
  /** Everything that is wrong with the config. */
  faults: ConfigFault[];
}

/**
 * Parses a stack's config and checks it against `config.schema.json`, which contains the schema of the chart's values.
 *
 * Values that do not fit are left out, so that other checks can find what else is wrong.
 *
 * @param identity The stack and its project.
 * @param raw Every config key of the stack, as Pulumi passes it: `project:key` to a string, objects as JSON.
 * @param encryption Which of the values are encrypted in the stack file.
 * @throws {InvalidConfigError} If a required value is missing or does not fit, or a secret would become readable.
 * @throws {Refusal} If the stack has no config at all.
 */
export function parseStackConfig(
  identity: StackIdentity,
  raw: Record<string, string>,
  encryption: Encryption,
): ParsedConfig {
  const prefix = `${identity.project}:`;
  const config: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(prefix)) {
      const name = key.slice(prefix.length);
      config[name] = parseValue(name, text);
    }
  }
  if (Object.keys(config).length === 0) {
    throw new Refusal(
      `The stack ${identity.stack} has no config: copy a stack file, such as Pulumi.dev.yaml, to Pulumi.${identity.stack}.yaml and edit it.`,
    );
  }
  const { app: given } = config;
  dropNulls(config);
  const { misplaced, plain } = encryptionFaults(identity, config, encryption);
  let faults = misplaced;
  if (!validate(config)) {
    const errors = causes(validate.errors ?? []);
    faults = withFaults(
      faults,
      errors.map((error) => describeFault(config, error, encryption)),
    );
    errors.forEach((error) => removeFaulty(config, error));
  }
  faults = withFaults(faults, plain);
  // With a misplaced secret, even a preview would show it.
  if (misplaced.length > 0 || !validate(config)) {
    throw new InvalidConfigError(identity, faults);
  }
  const contradictions = [
    ...valuesOfTheProgram(config),
    ...secretEnvFaults(config),
    ...externalFaults(config),
    ...databaseValuesFaults(config),
  ];
  config.app = withRemovals(config.app as Values, given as Values);
  return { config, faults: withFaults(faults, contradictions) };
}

/** Removes what is null, and so not set, from a config. In the app's values, only what has a default. */
function dropNulls(config: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(config)) {
    if (key === "app" && isObject(value)) {
      config.app = withoutRemovals(value, chartSchema as SchemaSection);
    } else if (value === null && key in stackSchema.properties) {
      delete config[key];
    } else if (key !== "app") {
      config[key] = withoutNulls(value);
    }
  }
}

/** A value without what is null in it. The values of another chart stay as they are. */
function withoutNulls(value: unknown): unknown {
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([, child]) => child !== null);
  return Object.fromEntries(kept.map(([key, child]) => [key, key === "values" ? child : withoutNulls(child)]));
}

/** Removes the value that an error is about; the whole list if the value is in one. */
function removeFaulty(config: Record<string, unknown>, { instancePath, keyword, params }: ErrorObject): void {
  const steps = pointerSteps(instancePath);
  if (keyword === "additionalProperties") {
    steps.push(params.additionalProperty as string);
  }
  let parent = config;
  steps.forEach((step, index) => {
    const child = parent[step];
    if (index === steps.length - 1 || typeof child !== "object" || child === null || Array.isArray(child)) {
      delete parent[step];
      parent = {};
    } else {
      parent = child as Record<string, unknown>;
    }
  });
}

/** Pulumi passes every value as a string. String keys keep it (a release may be called "1"); others are parsed as JSON. */
function parseValue(name: string, text: string): unknown {
  const schemas: Record<string, { $ref?: string; type?: string; enum?: string[] } | undefined> = stackSchema.properties;
  if (schemas[name]?.type === "string" || schemas[name]?.enum) {
    return text;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Leaves out errors that only repeat another one: the branches of a failed `anyOf`, and the `if` around an error. */
function causes(errors: ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter(({ keyword }) => keyword === "anyOf").map(({ instancePath }) => instancePath);
  return errors.filter(
    ({ keyword, instancePath }) =>
      keyword !== "if" &&
      (keyword === "anyOf" || !alternatives.some((path) => `${instancePath}/`.startsWith(`${path}/`))),
  );
}

function describeFault(config: object, error: ErrorObject, { keys }: Encryption): ConfigFault {
  const steps = pointerSteps(error.instancePath);
  const path = configPath(error.instancePath);
  const child = (name: string) => (path ? `${path}.${name}` : name);
  const schema = error.parentSchema as AcceptedValue & { description?: string };
  // Pulumi has decrypted the values of these keys.
  const found = keys.includes(steps[0]) ? "found a value (not shown)" : `found ${describeValue(config, steps, schema)}`;
  switch (error.keyword) {
    case "required":
      return { path: child(error.params.missingProperty as string), problem: "is missing" };
    case "additionalProperties": {
      const name = error.params.additionalProperty as string;
      if (path === "" && /[.[]/.test(name)) {
        return { path: name, problem: "is not a known key; to set a nested value, use `pulumi config set --path`" };
      }
      const place = placeInValues(path, name);
      if (place) {
        return { path: child(name), problem: `is a value of the chart; set ${place}` };
      }
      const hint = schema.properties
        ? suggestKey(name, Object.keys(schema.properties))
        : describeAccepted(schema, error);
      return { path: child(name), problem: `is not a known key; ${hint}` };
    }
    case "enum":
      return { path, problem: `${found}, accepted: ${(error.params.allowedValues as string[]).join(", ")}` };
    case "type":
      return { path, problem: `${found}, accepted: ${withArticle(error.params.type as string)}${quotes(error)}` };
    case "pattern":
    case "format":
    case "not":
    case "anyOf":
    case "minProperties":
    case "maxProperties":
      return { path, problem: `${found}, ${describeAccepted(schema, error)}` };
    default:
      return { path, problem: `${found}, which ${error.message}` };
  }
}

/** YAML reads a text of digits, such as a commit's hash, as a number. */
function quotes({ params, data }: ErrorObject): string {
  const isScalar = typeof data === "number" || typeof data === "boolean";
  return params.type === "string" && isScalar ? " in quotes" : "";
}

function describeAccepted({ description }: { description?: string }, { message }: ErrorObject): string {
  return `accepted: ${description?.replace(/\.$/, "") ?? message}`;
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** Converts a JSON pointer, `/app/ingress/hosts/0`, to a path, `app.ingress.hosts[0]`. */
function configPath(pointer: string): string {
  const joined = pointerSteps(pointer).map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`));
  return joined.join("").replace(/^\./, "");
}

function pointerSteps(pointer: string): string[] {
  return pointer
    .split("/")
    .slice(1)
    .map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
}

/** Values that the config must not set, because the program does. */
function valuesOfTheProgram({ app, rotation = {}, postgresql, redis, protect }: StackConfig): ConfigFault[] {
  const notRetained = (retain: boolean | undefined) => (protect && retain === false ? retain : undefined);
  const reserved = {
    "app.existingSecret": [app.existingSecret, "the program creates that Secret"],
    "app.database": [app.database, "the program takes it from flask-app:postgresql"],
    "app.redis": [app.redis, "the program takes it from flask-app:redis"],
    "app.persistence.retain": [notRetained(app.persistence?.retain), "flask-app:protect keeps the claim"],
    "app.mlModel.volume.retain": [notRetained(app.mlModel?.volume?.retain), "flask-app:protect keeps the claim"],
    "app.flask.secretKey": [app.flask?.secretKey, "the program generates a random one"],
    "rotation.postgresql": [
      postgresql.external && rotation.postgresql,
      "the server does not belong to this stack; docs/rotation.md says how to rotate its password",
    ],
    "rotation.redis": [
      redis.external && rotation.redis,
      "the server does not belong to this stack; docs/rotation.md says how to rotate its password",
    ],
  };
  return Object.entries(reserved)
    .filter(([, [value]]) => value !== undefined)
    .map(([path, [, reason]]) => ({ path, problem: `must not be set: ${reason as string}` }));
}
