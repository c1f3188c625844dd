import * as pulumi from "@pulumi/pulumi";
import { PostgresqlExternal, RedisExternal } from "./config/config.generated";
import { postgresqlUrl, redisUrl } from "./connectionUrl";

/** What an app needs to know about a database, wherever it runs. */
export interface Database {
  /** Name of the Helm release; undefined for a server outside the stack. */
  readonly releaseName?: pulumi.Output<string>;
  /** DNS name or IPv4 address. */
  readonly host: pulumi.Output<string>;
  /** Name of the Secret with its passwords; undefined for a server outside the stack. */
  readonly secretName?: pulumi.Output<string>;
  /** Connection URL with user and password, percent-encoded; a secret. */
  readonly url: pulumi.Output<string>;
  /** NetworkPolicy rule that allows connections to the database. */
  readonly egress: EgressRule;
}

/** A NetworkPolicyEgressRule (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/). */
export interface EgressRule {
  to: ({ ipBlock: { cidr: string } } | { podSelector: { matchLabels: Record<string, string> } })[];
  ports: { port: number; protocol: "TCP" }[];
}

/**
 * Labels of the pods of a Bitnami release.
 *
 * @param chartName Name of the chart.
 * @param component Which of the chart's pods, such as `primary`.
 */
export function bitnamiLabels(chartName: string, component: string, releaseName: string): Record<string, string> {
  return {
    "app.kubernetes.io/name": chartName,
    "app.kubernetes.io/instance": releaseName,
    "app.kubernetes.io/component": component,
  };
}

/** Egress rule to pods in the same namespace. */
export function podEgress(matchLabels: Record<string, string>, port: number): EgressRule {
  return { to: [{ podSelector: { matchLabels } }], ports: [{ port, protocol: "TCP" }] };
}

/**
 * An existing PostgreSQL server. Nothing is created for it.
 *
 * @param server Its address and credentials. The port defaults to 5432.
 */
export function externalPostgresql(server: PostgresqlExternal): Database {
  const { host, port = 5432, cidrs, ...login } = server;
  return external(host, port, postgresqlUrl({ host, port, ...login }), cidrs);
}

/**
 * An existing Redis server. Nothing is created for it.
 *
 * @param server Its address and password. The port defaults to 6379, the database to 0.
 */
export function externalRedis(server: RedisExternal): Database {
  const { host, port = 6379, database = 0, cidrs, ...login } = server;
  return external(host, port, redisUrl({ host, port, database, ...login }), cidrs);
}

function external(host: string, port: number, url: string, cidrs: string[] = ["0.0.0.0/0"]): Database {
  return {
    host: pulumi.output(host),
    url: pulumi.secret(url),
    egress: { to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ port, protocol: "TCP" }] },
  };
}
