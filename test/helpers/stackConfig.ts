import assert from "node:assert/strict";
import deepmerge from "deepmerge";
import { parseStackConfig } from "../../components/config/stackConfig";
import { Encryption } from "../../components/config/encryption";
import { StackConfig } from "../../components/config/config.generated";
import { ConfigFault, InvalidConfigError } from "../../components/config/configFault";
import { toProgramConfig } from "../../tools/lib/stackFiles";

/** The smallest config of a volume. */
export const storage = { size: "1Gi" };
/** A PostgreSQL server outside the cluster. */
export const server = { host: "db.example.com", username: "ann", database: "shop", password: "s3cret" };
/** The smallest config of a stack that is not production. */
export const valid: Record<string, unknown> = {
  namespace: "development",
  podSecurity: "baseline",
  releaseName: "flask-dev",
  protect: false,
  timeoutSeconds: 300,
  app: { flask: { env: "development" } },
  postgresql: { inCluster: { username: "flaskuser", database: "flaskdb", storage } },
  redis: { inCluster: { storage } },
};

/** Of a config in which the engine reports that some top-level keys contain a secret. */
export function secretIn(...keys: string[]): Encryption {
  return { keys, paths: [] };
}

/** Parses the valid config with some keys changed. `undefined` removes a key; `app` is merged. */
export function parse(changes: Record<string, unknown> = {}, encryption?: Encryption): StackConfig {
  const app = deepmerge(valid.app as object, changes.app ?? {});
  const entries = Object.entries({ ...valid, ...changes, app }).filter(([, value]) => value !== undefined);
  const config = Object.fromEntries(entries.map(([key, value]) => [`flask-app:${key}`, value]));
  return parseRaw(toProgramConfig(config), encryption);
}

/**
 * Parses a config of dev in the form that Pulumi passes to the program.
 *
 * @throws {InvalidConfigError} If anything is wrong with it.
 */
export function parseRaw(raw: Record<string, string>, encryption: Encryption = secretIn()): StackConfig {
  const identity = { stack: "dev", project: "flask-app" };
  const { config, faults } = parseStackConfig(identity, raw, encryption);
  if (faults.length > 0) {
    throw new InvalidConfigError(identity, faults);
  }
  return config;
}

/** The error with which a config is refused. */
export function errorOf(parsing: () => unknown): InvalidConfigError {
  try {
    parsing();
  } catch (error) {
    assert.ok(error instanceof InvalidConfigError, String(error));
    return error;
  }
  assert.fail("no fault was found");
}

/** The faults of the valid config with some of its keys changed. */
export function faultsOf(changes: Record<string, unknown>, encryption?: Encryption): ConfigFault[] {
  return errorOf(() => parse(changes, encryption)).faults;
}
