import { ErrorObject } from "ajv";
import { closest, distance } from "fastest-levenshtein";
import chartSchema from "../../chart/values.schema.json";
import { fewestPods, podsKept, withChartDefaults } from "./chartValues";
import { StackConfig } from "./config.generated";
import stackSchema from "./config.schema.json";
import { ConfigFault, InvalidConfigError } from "./configFault";
import { guardRailFaults } from "../checks/guardRails";
import { guardedConfig, isProduction } from "../checks/guardedStack";
import { readStaging } from "../checks/stagingFile";
import { newValidator } from "./validator";

const validate = newValidator()
  .addSchema(chartSchema, "../../chart/values.schema.json")
  .compile<StackConfig>(stackSchema);

/**
 * Checks a stack's config against `config.schema.json`, which contains the schema of the chart's values, for values
 * that contradict each other, and production against the guard rails.
 *
 * @param stack Name of the stack, for the message.
 * @param project Name of the project, which is the namespace of its config keys.
 * @param raw Every config key of the stack, as Pulumi hands it over: `project:key` to a text, objects as JSON.
 * @throws {InvalidConfigError} With every fault that was found.
 */
export function parseStackConfig(stack: string, project: string, raw: Record<string, string>): StackConfig {
  const config: Record<string, unknown> = {};
  for (const [key, text] of Object.entries(raw)) {
    if (key.startsWith(`${project}:`)) {
      const name = key.slice(project.length + 1);
      config[name] = parseValue(name, text);
    }
  }
  if (!validate(config)) {
    const faults = causes(validate.errors ?? []).map((error) => describeFault(error, project));
    throw new InvalidConfigError(stack, faults);
  }
  const found = [...findContradictions(config), ...brokenGuardRails(stack, project, config)];
  const faults = found
    // One fault a value: what contradicts another value may break a guard rail, too.
    .filter((fault, index) => found.findIndex(({ path }) => path === fault.path) === index)
    .map((fault) => ({ ...fault, path: `${project}:${fault.path}` }));
  if (faults.length > 0) {
    throw new InvalidConfigError(stack, faults);
  }
  return config;
}

function brokenGuardRails(stack: string, project: string, config: StackConfig): ConfigFault[] {
  const guarded = guardedConfig(stack, config);
  return isProduction(guarded) ? guardRailFaults(guarded, readStaging(project)) : [];
}

/** Pulumi hands every value over as text: a text key keeps it (a release may be called "1"), the others hold JSON. */
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

/** Leaves out what only repeats another error: the branches of a failed `anyOf`, and the `if` around an error. */
function causes(errors: ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter(({ keyword }) => keyword === "anyOf").map(({ instancePath }) => instancePath);
  return errors.filter(
    ({ keyword, instancePath }) =>
      keyword !== "if" &&
      (keyword === "anyOf" || !alternatives.some((path) => `${instancePath}/`.startsWith(`${path}/`))),
  );
}

function describeFault(error: ErrorObject, project: string): ConfigFault {
  const path = configPath(project, error.instancePath);
  const child = (name: string) => (path === `${project}:` ? path + name : `${path}.${name}`);
  const schema = error.parentSchema as { description?: string; properties?: Record<string, unknown> };
  const found = `found ${describeValue(path, error.data)}`;
  switch (error.keyword) {
    case "required":
      return { path: child(error.params.missingProperty as string), problem: "is missing" };
    case "additionalProperties": {
      const name = error.params.additionalProperty as string;
      const hint = schema.properties
        ? suggestKey(name, Object.keys(schema.properties))
        : describeAccepted(schema, error);
      return { path: child(name), problem: `is not a known key; ${hint}` };
    }
    case "enum":
      return { path, problem: `${found}, accepted: ${(error.params.allowedValues as string[]).join(", ")}` };
    case "type":
      return { path, problem: `${found}, accepted: ${withArticle(error.params.type as string)}` };
    case "pattern":
    case "not":
    case "anyOf":
    case "minProperties":
    case "maxProperties":
      return { path, problem: `${found}, ${describeAccepted(schema, error)}` };
    default:
      return { path, problem: `${found}, which ${error.message}` };
  }
}

function describeAccepted({ description }: { description?: string }, { message }: ErrorObject): string {
  return `accepted: ${description?.replace(/\.$/, "") ?? message}`;
}

/** A value as it may be shown: of an object its keys alone, of a secret nothing, since either may hold a password. */
function describeValue(path: string, value: unknown): string {
  if (/(password|secretKey)$/i.test(path)) {
    return `a ${typeof value} (not shown)`;
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return `an object with ${Object.keys(value).sort().join(", ") || "no keys"}`;
  }
  return JSON.stringify(value);
}

function suggestKey(name: string, accepted: string[]): string {
  const nearest = closest(name.toLowerCase(), accepted);
  return distance(name.toLowerCase(), nearest.toLowerCase()) <= 2
    ? `did you mean ${nearest}?`
    : `accepted here: ${accepted.join(", ")}`;
}

function withArticle(type: string): string {
  return `${/^[aeiou]/.test(type) ? "an" : "a"} ${type}`;
}

/** `/app/ingress/hosts/0` as `flask-app:app.ingress.hosts[0]`. */
function configPath(project: string, pointer: string): string {
  const steps = pointer.split("/").slice(1);
  const joined = steps.map((step) =>
    /^\d+$/.test(step) ? `[${step}]` : `.${step.replace(/~1/g, "/").replace(/~0/g, "~")}`,
  );
  return `${project}:${joined.join("").replace(/^\./, "")}`;
}

/** Values that are each fine, but not together. */
function findContradictions(config: StackConfig): ConfigFault[] {
  const faults: ConfigFault[] = [];
  const ownedByProgram = {
    existingSecret: "the program makes that Secret",
    database: "the program takes it from flask-app:postgresql",
    redis: "the program takes it from flask-app:redis",
  } as const;
  for (const [key, reason] of Object.entries(ownedByProgram)) {
    if (key in config.app) {
      faults.push({ path: `app.${key}`, problem: `must not be set: ${reason}` });
    }
  }
  if (config.app.flask?.secretKey !== undefined) {
    faults.push({ path: "app.flask.secretKey", problem: "must not be set: the program makes a random one" });
  }
  for (const key of ["postgresql", "redis"] as const) {
    if (config.rotation?.[key] !== undefined && config[key].external) {
      faults.push({
        path: `rotation.${key}`,
        problem: `must not be set: the server is not the program's; change ${key}.external.password`,
      });
    }
  }

  const values = withChartDefaults(config.app);
  const { autoscaling, persistence, podDisruptionBudget } = values;
  const fewest = fewestPods(values);
  const [replicasKey, most] = autoscaling.enabled
    ? ["app.autoscaling.maxReplicas", autoscaling.maxReplicas]
    : ["app.replicaCount", values.replicaCount];
  if (fewest > most) {
    faults.push({
      path: "app.autoscaling.minReplicas",
      problem: `found ${fewest}, accepted: at most app.autoscaling.maxReplicas, which is ${most}`,
    });
  }
  const shared = persistence.accessModes.some((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
  if (persistence.enabled && !persistence.existingClaim && !shared && most > 1) {
    faults.push({
      path: "app.persistence.accessModes",
      problem: `found ${JSON.stringify(persistence.accessModes)}, which serves one pod, but ${replicasKey} is ${most}: set ReadWriteMany, or ${replicasKey} to 1`,
    });
  }
  if (podDisruptionBudget.enabled && podsKept(values) >= fewest) {
    faults.push({
      path: "app.podDisruptionBudget.minAvailable",
      problem: `found ${podDisruptionBudget.minAvailable}, accepted: less than the ${fewest} pods there are at the least, or no node can ever be drained`,
    });
  }
  return faults;
}
