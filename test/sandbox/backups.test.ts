import * as assert from "assert/strict";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { api, Project } from "../helpers/project";

describe("backups where a volume is bound when the first pod uses it", function () {
  this.timeout(180_000);
  const project = Project.copy();
  const namespace = "production";
  const storageClassName = "at-first-use";
  const claim = async () => {
    const name = "flask-prod-postgresql-backups";
    const { status } = await api(k8s.CoreV1Api).readNamespacedPersistentVolumeClaim({ namespace, name });
    return status?.phase;
  };

  before("a storage class of that kind, which the backups' volume is to have", () => {
    project.configure("production", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { backup: { storage: object } } };
      inCluster.backup.storage = { size: "20Gi", class: storageClassName };
    });
  });

  after(async () => {
    await project.run(["destroy", "--stack", "production"]);
    await api(k8s.StorageV1Api).deleteStorageClass({ name: storageClassName });
    await api(k8s.CoreV1Api).deletePersistentVolume({ name: storageClassName });
    project.remove();
  });

  it("keep no deployment waiting", async () => {
    // The sandbox starts with the first command.
    const started = await project.run(["start", "--stack", "dev"]);
    assert.equal(started.exitCode, 0, started.output);
    await project.run(["destroy", "--stack", "dev"]);
    await api(k8s.StorageV1Api).createStorageClass({
      body: {
        metadata: { name: storageClassName },
        provisioner: "kubernetes.io/no-provisioner",
        volumeBindingMode: "WaitForFirstConsumer",
      },
    });
    const { exitCode, output } = await project.run(["start", "--stack", "production"]);
    assert.equal(exitCode, 0, output);
    assert.equal(await claim(), "Pending");
  });

  it("run in a pod that the namespace's Pod Security Standard lets in, and that binds the volume", async () => {
    await api(k8s.CoreV1Api).createPersistentVolume({
      body: {
        metadata: { name: storageClassName },
        spec: {
          storageClassName,
          capacity: { storage: "20Gi" },
          accessModes: ["ReadWriteOnce"],
          csi: { driver: "test", volumeHandle: storageClassName },
        },
      },
    });
    const batch = api(k8s.BatchV1Api);
    // What `kubectl create job backup-now --from=cronjob/…` does; the job goes when the CronJob goes.
    const name = "flask-prod-postgresql-pgdumpall";
    const { metadata, spec } = await batch.readNamespacedCronJob({ namespace, name });
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name, uid: metadata!.uid!, controller: true };
    const job = { metadata: { name: "backup-now", ownerReferences: [owner] }, spec: spec!.jobTemplate.spec };
    await batch.createNamespacedJob({ namespace, body: job });
    const succeeded = async () => {
      const { status } = await batch.readNamespacedJob({ namespace, name: "backup-now" });
      return status?.succeeded;
    };
    while ((await succeeded()) !== 1) {
      await sleep(200);
    }
    assert.equal(await claim(), "Bound");
  });
});
