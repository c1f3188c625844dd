import type * as k8s from "@kubernetes/client-node";
import { check, nameOf, ofKind, Rail } from "./rail";

export const readOnlyRoot: Rail = {
  name: "read-only-root",
  description: "No container can change the files of its image.",
  inManifests: ({ pods }) =>
    pods
      .flatMap(({ containers }) => containers)
      .flatMap(({ path, securityContext: { readOnlyRootFilesystem: found } = {} }) =>
        check(
          found === true,
          `${path}.securityContext.readOnlyRootFilesystem`,
          found,
          "true: an attacker could change the program that runs",
          "hardened",
        ),
      ),
};

export const noApiToken: Rail = {
  name: "no-api-token",
  description: "No pod has a token for the Kubernetes API.",
  inManifests: (stack) =>
    stack.pods.flatMap(({ path, spec }) => {
      const account = ofKind<k8s.V1ServiceAccount>(stack, "ServiceAccount").find(
        ({ metadata }) => metadata.name === (spec.serviceAccountName ?? "default"),
      );
      const key = "automountServiceAccountToken";
      const found = spec[key] ?? account?.[key];
      return check(found === false, `${path}.${key}`, found, "false: only an attacker would use it", key);
    }),
};

/** Kinds that grant rights or change the cluster itself, by group and kind. */
const clusterObjects =
  /^(rbac\.authorization|admissionregistration|apiregistration|apiextensions|certificates|scheduling|storage)\.k8s\.io\/|^v1\/PersistentVolume$/;

export const ownNamespace: Rail = {
  name: "own-namespace",
  description: "The stack grants no rights, and changes nothing outside its namespace.",
  inManifests: ({ config, manifests }) =>
    manifests.flatMap((manifest) => {
      const { apiVersion, kind, metadata } = manifest;
      const namespace = (kind === "Namespace" ? metadata.name : metadata.namespace) ?? config.namespace;
      const others = "other parts of the cluster are not this stack's to change";
      return [
        ...check(
          namespace === config.namespace,
          `${nameOf(manifest)}: namespace`,
          namespace,
          `${config.namespace}: ${others}`,
        ),
        ...check(
          !clusterObjects.test(`${apiVersion}/${kind}`),
          `${nameOf(manifest)}: kind`,
          kind,
          `objects that neither grant rights nor concern the whole cluster: ${others}`,
        ),
      ];
    }),
};
