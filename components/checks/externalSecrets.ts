import type { KubeConfig } from "@kubernetes/client-node";
import { PostgresqlExternal, RedisExternal, StackConfig } from "../config/config.generated";
import { ConfigFault } from "../config/configFault";
import { hasUrlInSecret, urlKey } from "../config/externalServers";
import { SecretContent } from "../externalDatabases";
import { readSecretOnMocks } from "../mocks";

/** What the Secrets of the external servers hold, as far as it is known. */
export interface ExternalSecrets {
  postgresql?: SecretContent;
  redis?: SecretContent;
  /** The connection URLs among the values. */
  urls: SecretUrls;
  /** What is missing or wrong in the Secrets. No value is shown. */
  faults: ConfigFault[];
}

/** Connection URLs in Secrets that other tools keep, by server. */
export type SecretUrls = Partial<Record<"postgresql" | "redis", string>>;

/** The scheme and the default port of each server's URL. SQLAlchemy adds a driver to the scheme. */
const forms = {
  postgresql: { scheme: /^postgres(ql)?(\+\w+)?:\/\//, example: "postgresql://", port: 5432 },
  redis: { scheme: /^rediss?:\/\//, example: "rediss://", port: 6379 },
};

/**
 * Reads the Secrets that the config names for external servers. The program reads them itself, rather than as a resource,
 * so that their content does not enter Pulumi's state.
 *
 * A Secret with a whole URL may be missing: the pods wait for it, and a preview checks it with everything else that the
 * manifests refer to.
 *
 * @param cluster The stack's cluster; undefined on Pulumi mocks.
 * @throws {Refusal} If the cluster does not answer, or rejects the request.
 */
export async function readExternalSecrets(config: StackConfig, cluster?: KubeConfig): Promise<ExternalSecrets> {
  const result: ExternalSecrets = { urls: {}, faults: [] };
  for (const key of ["postgresql", "redis"] as const) {
    const server: PostgresqlExternal | RedisExternal | undefined = config[key].external;
    const answer = server?.secret && (await readSecret(config.namespace, server.secret.name, cluster));
    if (server && answer) {
      result[key] = answer.content;
      result.urls[key] = hasUrlInSecret(server) ? answer.content?.[urlKey(server)] : undefined;
      result.faults.push(...contentFaults(key, server, config, answer.content));
    }
  }
  return result;
}

/** The content of a Secret, if the Secret exists; undefined if that is not known. */
async function readSecret(
  namespace: string,
  name: string,
  cluster?: KubeConfig,
): Promise<{ content?: SecretContent } | undefined> {
  if (!cluster) {
    return readSecretOnMocks(namespace, name);
  }
  // Loaded only when needed: the Kubernetes client takes as long to load as all of Pulumi's packages.
  const { secretContent } = await import("../cluster/secretContent");
  return { content: await secretContent(cluster, namespace, name) };
}

function contentFaults(
  key: "postgresql" | "redis",
  server: PostgresqlExternal | RedisExternal,
  { namespace, app }: StackConfig,
  content: SecretContent | undefined,
): ConfigFault[] {
  const path = `${key}.external.secret`;
  const { name, usernameKey, passwordKey } = server.secret!;
  if (hasUrlInSecret(server)) {
    const url = content?.[urlKey(server)];
    return url === undefined
      ? []
      : [
          ...lineBreak(`${path}.key`, name, urlKey(server), url),
          ...urlFaults(key, server, url, app.networkPolicy?.enabled ?? false),
        ];
  }
  if (!content) {
    const problem = `found ${JSON.stringify(name)}, but the namespace ${namespace} has no Secret of that name; create it first`;
    return [{ path: `${path}.name`, problem }];
  }
  const has = Object.keys(content).sort().join(", ") || "none";
  return Object.entries({ usernameKey, passwordKey }).flatMap(([field, wanted]) => {
    if (wanted === undefined) {
      return [];
    }
    const problem = `found ${JSON.stringify(wanted)}, accepted: a key of the Secret ${name}, which has ${has}`;
    return wanted in content
      ? lineBreak(`${path}.${field}`, name, wanted, content[wanted])
      : [{ path: `${path}.${field}`, problem }];
  });
}

/** A file that ends with a line break is a common source of a Secret. */
function lineBreak(path: string, secret: string, key: string, value: string): ConfigFault[] {
  const problem = `the value of ${key} in the Secret ${secret} ends with a line break; store it without one`;
  return value.endsWith("\n") ? [{ path, problem }] : [];
}

function urlFaults(
  key: "postgresql" | "redis",
  { secret, port = forms[key].port }: PostgresqlExternal | RedisExternal,
  url: string,
  hasNetworkPolicy: boolean,
): ConfigFault[] {
  const { scheme, example, port: usual } = forms[key];
  if (!scheme.test(url)) {
    const problem = `the value in the Secret ${secret!.name} is not a URL that begins with ${example}`;
    return [{ path: `${key}.external.secret.key`, problem }];
  }
  const hosts = url
    .replace(scheme, "")
    .replace(/[/?].*$/s, "")
    .replace(/^.*@/s, "");
  const actual = Number(/:(\d+)$/.exec(hosts)?.[1] ?? usual);
  const problem = `found ${port}, but the URL in the Secret ${secret!.name} has port ${actual}: the app's NetworkPolicy would block it; set ${actual}`;
  // A URL of PostgreSQL may name several hosts. Then this looks only at the last one.
  return hasNetworkPolicy && actual !== port ? [{ path: `${key}.external.port`, problem }] : [];
}
