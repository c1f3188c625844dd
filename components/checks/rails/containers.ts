import type * as k8s from "@kubernetes/client-node";
import { StackConfig } from "../../config/config.generated";
import { quantityValue } from "../../quantity";
import { Container, environmentOf, Variable } from "./pods";
import { check, ofKind, Rail, RenderedStack } from "./rail";

export const productionEnvironment: Rail = {
  name: "production-environment",
  description: "The app runs as production.",
  inManifests: (stack) =>
    variablesOf(stack)
      .filter(({ name }) => name === "FLASK_ENV")
      .flatMap(({ path, value }) =>
        check(
          value === "production",
          path,
          value,
          "production: an app that reads it would run with other settings",
          "flask.env",
        ),
      ),
};

export const noDebug: Rail = {
  name: "no-debug",
  description: "Flask's debugger is off.",
  inManifests: (stack) => {
    const reason = "the debugger runs any code that it is sent";
    // As Flask reads it: https://flask.palletsprojects.com/en/stable/config/#DEBUG
    const isOff = (value: string) => /^(|0|false|no)$/i.test(value);
    return [
      ...variablesOf(stack)
        .filter(({ name }) => name === "FLASK_DEBUG")
        .flatMap(({ path, value }) => check(isOff(value), path, value, `false: ${reason}`, "flask.debug")),
      ...commandsOf(stack).flatMap(({ path, value }) =>
        // Only the word: the command may contain a password.
        [/(?<=^|\s)--debug(?=\s|$)|\bdebugpy\b/.exec(value)].flatMap((match) =>
          match ? check(false, path, match[0], `a command without a debugger: ${reason}`) : [],
        ),
      ),
    ];
  },
};

/** A version of at least two numbers, a date or a build number, or a commit's hash. */
const fixed = /(^|[-_v])\d+\.\d|(^|[-_v])\d{3,}|(^|-)(?=[a-f]*\d)[0-9a-f]{7,40}$/;
const floating = /(^|[-._])(latest|nightly|edge|stable|main|master|dev|develop|staging|production|snapshot)$/i;

export const fixedImages: Rail = {
  name: "fixed-images",
  description: "No container runs an image by a floating tag.",
  inManifests: (stack) =>
    containersOf(stack).flatMap(({ path, image = "" }) => {
      const tag = /:([^/:]+)$/.exec(image)?.[1] ?? "";
      const accepted = "the tag of a version, or a digest: a floating tag can deploy an unreleased image";
      const isFixed = image.includes("@") || (fixed.test(tag) && !floating.test(tag));
      return check(isFixed, `${path}.image`, image, accepted + advice(stack.config, image, tag));
    }),
};

/** Names the keys of the config that hold an image or its tag. */
function advice(config: StackConfig, image: string, tag: string): string {
  const search = (value: unknown, path: string): string[] => {
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).flatMap(([key, child]) =>
        search(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
      );
    }
    return (value === image && path.endsWith("image")) || (value === tag && path.endsWith("image.tag")) ? [path] : [];
  };
  const { app, postgresql, redis } = config;
  const keys = Object.entries({ app, postgresql, redis }).flatMap(([key, value]) => search(value, `flask-app:${key}`));
  return keys.length > 0 ? `; set ${keys.join(" and ")}` : "";
}

export const maintainedImages: Rail = {
  name: "maintained-images",
  description: "No container runs an image that is known to get no more security fixes.",
  inManifests: (stack) =>
    containersOf(stack).flatMap(({ path, image = "" }) => {
      const accepted =
        "an image that gets security fixes: bitnamilegacy has had none since August 2025; docs/moving-off-bitnami.md says how to move";
      return check(!/(^|\/)bitnamilegacy\//.test(image), `${path}.image`, image, accepted);
    }),
};

/** What a container must reserve. Less is as good as nothing: its pod is then packed onto a node that is full. */
const needed = [
  { kind: "requests", name: "cpu", least: "10m", without: "the container has no CPU that it can count on" },
  { kind: "requests", name: "memory", least: "16Mi", without: "its pod is evicted first when the node runs out" },
  { kind: "limits", name: "memory", least: "16Mi", without: "the container may use all of its node's memory" },
] as const;

export const resourcesSet: Rail = {
  name: "resources-set",
  description: "Every container reserves CPU and memory, and has a memory limit.",
  inManifests: (stack) =>
    containersOf(stack).flatMap(({ path, resources }) =>
      needed.flatMap(({ kind, name, least, without }) => {
        const found = resources?.[kind]?.[name];
        const isEnough = quantityValue(found ?? 0) >= quantityValue(least);
        const accepted = `at least ${least}: otherwise ${without}`;
        return check(isEnough, `${path}.resources.${kind}.${name}`, found, accepted, "resources");
      }),
    ),
};

/** A URL without TLS, and its host. */
const plainUrl = /\b(?:http|ftp):\/\/([^\s/:"'$@]*)/gi;
const inCluster = /^[^.]*$|\.svc$|\.svc\.cluster\.local$|^127\./;

export const httpsOnly: Rail = {
  name: "https-only",
  description: "No container gets a URL outside the cluster that does not use TLS.",
  inManifests: (stack) =>
    [...variablesOf(stack), ...commandsOf(stack)].flatMap(({ path, value }) =>
      [...value.matchAll(plainUrl)].flatMap(([url, host]) =>
        check(
          inCluster.test(host),
          path,
          url,
          "https://, or a Service's name that ends with .svc: without TLS, anyone on the way can replace what is loaded",
        ),
      ),
    ),
};

function containersOf({ pods }: RenderedStack): Container[] {
  return pods.flatMap(({ containers }) => containers);
}

/** Environment variables of all containers, as far as the manifests show them. */
export function variablesOf(stack: RenderedStack): Variable[] {
  const configMaps = ofKind<k8s.V1ConfigMap>(stack, "ConfigMap");
  return containersOf(stack).flatMap((container) => environmentOf(container, configMaps));
}

/** Commands and arguments of all containers, each joined by spaces. */
export function commandsOf(stack: RenderedStack): { path: string; value: string }[] {
  return containersOf(stack).flatMap(({ path, command = [], args = [] }) => [
    { path: `${path}.command`, value: command.join(" ") },
    { path: `${path}.args`, value: args.join(" ") },
  ]);
}
