import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "../controlPlane";

/**
 * A process that provisions volumes: it creates a folder and a volume for each claim of the sandbox's storage classes,
 * and removes both when the claim is gone.
 *
 * Argument: the parent folder of the volumes' folders.
 */
const volumesFolder = process.argv[2];
const classes = ["standard", "fast-ssd"];
const config = sandboxClient();
const core = config.makeApiClient(k8s.CoreV1Api);

const claims = k8s.makeInformer(config, "/api/v1/persistentvolumeclaims", () =>
  core.listPersistentVolumeClaimForAllNamespaces(),
);
const volumes = k8s.makeInformer(config, "/api/v1/persistentvolumes", () => core.listPersistentVolume());
for (const event of ["add", "update"] as const) {
  claims.on(event, (claim) => void provision(claim).catch(report));
  volumes.on(event, (volume) => void remove(volume).catch(report));
}
for (const informer of [claims, volumes]) {
  const start = () => void informer.start().catch(retry);
  const retry = (error: unknown) => {
    report(error);
    setTimeout(start, 1000);
  };
  informer.on("error", retry);
  start();
}

async function provision({ metadata, spec }: k8s.V1PersistentVolumeClaim): Promise<void> {
  const { name, namespace, uid, deletionTimestamp } = metadata!;
  if (!classes.includes(spec?.storageClassName ?? "") || spec?.volumeName || deletionTimestamp) {
    return;
  }
  const folder = path.join(volumesFolder, `${namespace}-${name}-${uid}`);
  fs.mkdirSync(folder, { recursive: true });
  const body: k8s.V1PersistentVolume = {
    metadata: { name: `pvc-${uid}` },
    spec: {
      storageClassName: spec!.storageClassName,
      accessModes: spec!.accessModes,
      capacity: spec!.resources!.requests,
      persistentVolumeReclaimPolicy: "Delete",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      // Unlike with hostPath, the kubelet applies the pod's fsGroup.
      local: { path: folder },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["sandbox"] }] },
          ],
        },
      },
    },
  };
  await core.createPersistentVolume({ body }).catch((error: unknown) => {
    // The claim was seen before, and is not bound yet.
    if (!(error instanceof k8s.ApiException && error.code === 409)) {
      throw error;
    }
  });
}

/** Deletes a volume that its claim has released. Kubernetes cannot delete a local volume itself, and marks it as failed. */
async function remove({ metadata, spec, status }: k8s.V1PersistentVolume): Promise<void> {
  const folder = spec?.local?.path;
  if (folder && path.dirname(folder) === volumesFolder && ["Released", "Failed"].includes(status?.phase ?? "")) {
    fs.rmSync(folder, { recursive: true, force: true });
    await core.deletePersistentVolume({ name: metadata!.name! });
  }
}

function report(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}
