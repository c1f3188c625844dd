import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { setUpSandbox } from "../../sandbox/setUp";
import { succeed, until } from "../helpers/cluster";
import { api, Project } from "../helpers/project";

describe("production's backups, with a storage class that binds a volume when the first pod uses it", function () {
  this.timeout(600_000);
  const project = Project.copy();
  const namespace = "production";
  const storageClassName = "at-first-use";
  const claimPhase = async () => {
    const name = "flask-prod-postgresql-backups";
    return (await api(k8s.CoreV1Api).readNamespacedPersistentVolumeClaim({ namespace, name })).status?.phase;
  };

  before("create the storage class", async () => {
    await setUpSandbox(new AbortController().signal);
    const metadata = { name: storageClassName };
    const provisioner = "kubernetes.io/no-provisioner";
    await api(k8s.StorageV1Api).createStorageClass({
      body: { metadata, provisioner, volumeBindingMode: "WaitForFirstConsumer" },
    });
    project.configure("production", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { backup: { storage: object } } };
      inCluster.backup.storage = { size: "20Gi", class: storageClassName };
    });
  });

  after(async () => {
    await succeed(project, ["destroy", "--stack", "production"]);
    await api(k8s.StorageV1Api).deleteStorageClass({ name: storageClassName });
    await api(k8s.CoreV1Api).deletePersistentVolume({ name: storageClassName });
    project.remove();
  });

  it("do not delay the deployment", async () => {
    await succeed(project, ["start", "--stack", "production"]);
    assert.equal(await claimPhase(), "Pending");
  });

  it("run in a pod that the Pod Security Standard of the namespace allows, and that binds the volume", async () => {
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
    // Like `kubectl create job backup-now --from=cronjob/…`. The Job is deleted together with its CronJob.
    const name = "flask-prod-postgresql-backup";
    const { metadata, spec } = await batch.readNamespacedCronJob({ namespace, name });
    const owner = { apiVersion: "batch/v1", kind: "CronJob", name, uid: metadata!.uid!, controller: true };
    const job = { metadata: { name: "backup-now", ownerReferences: [owner] }, spec: spec!.jobTemplate.spec };
    await batch.createNamespacedJob({ namespace, body: job });
    await until("the Job succeeds", async () => {
      const { status } = await batch.readNamespacedJob({ namespace, name: "backup-now" });
      return status?.succeeded === 1;
    });
    assert.equal(await claimPhase(), "Bound");
  });
});
