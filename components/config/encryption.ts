import * as fs from "fs";
import * as path from "path";
import * as pulumi from "@pulumi/pulumi";
import { ConfigFault, StackIdentity } from "./configFault";
import { readYaml } from "./yamlFile";

/** What is known about the encrypted values of a stack's config. */
export interface Encryption {
  /** Top-level keys that are encrypted or contain an encrypted value, such as `postgresql`. */
  keys: string[];
  /** Paths of the encrypted values, such as `postgresql.external.password`, of the keys for which the stack file has them. */
  paths: string[];
}

/**
 * Finds the encrypted values of a stack's config.
 *
 * The engine decrypts the config and only says which top-level keys contain a secret. The stack file says where in the key
 * it is, unless the config comes from `--config-file` or from an environment of Pulumi ESC.
 *
 * @param keys Every config key of the stack: `project:key`.
 */
export function findEncryption({ stack, project }: StackIdentity, keys: string[]): Encryption {
  const prefix = `${project}:`;
  const secretKeys = keys.filter((key) => key.startsWith(prefix) && isConfigSecret(key));
  // On mocks, the SDK does not know the project's folder, but the program runs in it.
  const files = [pulumi.getRootDirectory(), "."].map((folder) => path.join(folder, `Pulumi.${stack}.yaml`));
  const file = secretKeys.length > 0 && files.find((name) => fs.existsSync(name));
  const config = file ? asObject(asObject(readYaml(file)).config) : {};
  return {
    keys: secretKeys.map((key) => key.slice(prefix.length)),
    paths: secretKeys.flatMap((key) => ciphertextPaths(config[key], key.slice(prefix.length))),
  };
}

/** Whether the engine says that a config key contains a secret. The SDK has this function, but not in its types. */
function isConfigSecret(key: string): boolean {
  return (pulumi.runtime as unknown as { isConfigSecret: (key: string) => boolean }).isConfigSecret(key);
}

/** Whether a value of a stack file has the form in which Pulumi writes an encrypted one: `{ secure: … }`. */
export function isCiphertext(value: object): value is { secure: string } {
  return "secure" in value && typeof value.secure === "string" && Object.keys(value).length === 1;
}

/** Paths of the encrypted values in a value of a stack file. */
function ciphertextPaths(value: unknown, at: string): string[] {
  const object = asObject(value);
  if (isCiphertext(object)) {
    return [at];
  }
  return Object.entries(object).flatMap(([key, child]) =>
    ciphertextPaths(child, Array.isArray(value) ? `${at}[${key}]` : `${at}.${key}`),
  );
}

/**
 * Checks that every secret of a config is encrypted, and that nothing else is: `secretEnv` and the passwords of external
 * databases go only into a Secret, but Helm and Kubernetes store any other value readable.
 *
 * @param config The decrypted config. It need not be valid.
 * @returns The encrypted values that are no secrets of the config, and the secrets in plain text.
 */
export function encryptionFaults(
  { stack, project }: StackIdentity,
  config: Record<string, unknown>,
  { keys, paths }: Encryption,
): { misplaced: ConfigFault[]; plain: ConfigFault[] } {
  const secrets = secretPaths(config);
  const encrypted = keys.flatMap((key) => {
    const inKey = (path: string) => path.split(/[.[]/)[0] === key;
    const located = paths.filter(inKey);
    // If nothing says where in the key the encrypted value is, it may be where it belongs.
    const assumed = secrets.some(inKey) ? secrets.filter(inKey) : [key];
    return located.length > 0 ? located : assumed;
  });
  const command = (secret: string) => `\`pulumi config set --secret --path '${project}:${secret}' --stack ${stack}\``;
  const plain = secrets.filter((path) => !encrypted.includes(path));
  const misplacedProblem = (path: string) =>
    plain.some((secret) => secret.startsWith(`${path}.`))
      ? "is encrypted as a whole; encrypt only the secrets in it"
      : `is encrypted, but Helm or Kubernetes would store it readable; remove it here and, for a secret of the app, run ${command("secretEnv.NAME")}`;
  return {
    misplaced: encrypted
      .filter((path) => !secrets.includes(path))
      .map((path) => ({ path, problem: misplacedProblem(path) })),
    plain: plain.map((path) => ({ path, problem: `is a secret in plain text; encrypt it with ${command(path)}` })),
  };
}

/** Paths of the values in a config that must be encrypted. */
function secretPaths(config: Record<string, unknown>): string[] {
  const variables = Object.keys(asObject(config.secretEnv)).map((name) => `secretEnv.${name}`);
  const databases = ["postgresql", "redis"].filter((key) => "password" in asObject(asObject(config[key]).external));
  return [...variables, ...databases.map((key) => `${key}.external.password`)];
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
