import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { FlaskAppValues } from "./config/config.generated";

/** What an app needs to know about a database, wherever it runs. */
export interface Database {
  /** Name of the Helm release; undefined for a server outside the stack. */
  readonly releaseName?: pulumi.Output<string>;
  /** DNS name or IPv4 address; undefined if only the URL in someone else's Secret says it. */
  readonly host?: pulumi.Output<string>;
  /** Name of the Secret with its passwords; undefined for a server outside the stack. */
  readonly secretName?: pulumi.Output<string>;
  /**
   * Connection URL with user and password, percent-encoded; a secret. Undefined if the app's pods take it from someone
   * else's Secret.
   */
  readonly url?: pulumi.Output<string>;
  /** The URL in that Secret; a secret. The pods restart when it changes. Undefined if it is not known. */
  readonly urlInSecret?: pulumi.Output<string>;
  /** What the app's pods need to log in to the database and to check its certificate, as values of the app's chart. */
  readonly podValues?: Pick<FlaskAppValues, "extraEnv" | "extraVolumes" | "extraVolumeMounts">;
  /** NetworkPolicy rule that allows connections to the database. */
  readonly egress: EgressRule;
}

/** A NetworkPolicyEgressRule (https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/). */
export interface EgressRule {
  to: k8s.types.input.networking.v1.NetworkPolicyPeer[];
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
