import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { PostgresqlBackup } from "../../components/config/config.generated";
import { isReady } from "../../sandbox/pods";
import { documentation, documentedCommand, Laptop } from "../helpers/backupLaptop";
import { pods, succeed, until, writeSecret } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { api, readSecret } from "../helpers/project";
import { findRclone } from "../helpers/s3Server";
import { ClusterBucket, loadRclone, startBucket } from "./bucket";
import { inPod, psql, scale, untilAnswers } from "./node";
import { shared } from "./shared";

const namespace = "production";
const release = "flask-prod-postgresql";
const deployment = "flask-prod-flask-app";
const appPods = "app.kubernetes.io/instance=flask-prod,app.kubernetes.io/name=flask-app";

/** Runs a query in production's PostgreSQL, at a URL. */
const query = (url: string, text: string) => inPod(`${release}-0`, psql(url, text), namespace);

/** Creates a Job from a CronJob, as `kubectl create job --from=cronjob/…` does. */
async function createJob(name: string, cronJob: string): Promise<void> {
  const batch = api(k8s.BatchV1Api);
  const { spec } = await batch.readNamespacedCronJob({ namespace, name: cronJob });
  const { metadata, spec: jobSpec } = spec!.jobTemplate;
  await batch.createNamespacedJob({ namespace, body: { metadata: { ...metadata, name }, spec: jobSpec } });
}

async function deleteJob(name: string): Promise<void> {
  await api(k8s.BatchV1Api).deleteNamespacedJob({ namespace, name, propagationPolicy: "Background" });
}

/** Waits until a Job has succeeded, and returns the logs of its pod. Fails with them if its first pod fails. */
async function logsOfSuccess(job: string): Promise<string> {
  const status = async () => (await api(k8s.BatchV1Api).readNamespacedJobStatus({ namespace, name: job })).status ?? {};
  const ended = async () => {
    const { succeeded = 0, failed = 0 } = await status();
    return succeeded + failed > 0;
  };
  await until(`the Job ${job} ends`, ended, 120);
  const [pod] = await pods(namespace, `job-name=${job}`);
  const { initContainers = [], containers } = pod.spec!;
  const logs = [];
  for (const { name: container } of [...initContainers, ...containers]) {
    logs.push(await api(k8s.CoreV1Api).readNamespacedPodLog({ namespace, name: pod.metadata!.name!, container }));
  }
  assert.equal((await status()).succeeded, 1, logs.join("\n"));
  return logs.join("\n");
}

/** Waits until the pod of a Job is ready, and returns its name. */
async function readyPodOf(job: string): Promise<string> {
  const found = () => pods(namespace, `job-name=${job}`);
  await until(`the pod of the Job ${job} is ready`, async () => (await found()).some(isReady));
  return (await found())[0].metadata!.name!;
}

/** The copy of production's backups outside the cluster, and a restore from it. */
export function backups(): void {
  describeWith("gpg", "a backup of production that is copied to a bucket", () => {
    let laptop: Laptop;
    let bucket: ClusterBucket;
    let appUrl: string;
    let databaseUrl: string;
    let object: string;

    before("start a bucket, configure the copy, and store something", async function () {
      // The first run compiles rclone.
      this.timeout(900_000);
      const rclone = await findRclone();
      await loadRclone(rclone);
      bucket = await startBucket();
      laptop = new Laptop(rclone);
      const copy = {
        bucket: bucket.bucket,
        endpoint: bucket.endpoint,
        credentialsSecret: "backup-bucket",
        publicKey: await laptop.createKey(),
      };
      await writeSecret(namespace, copy.credentialsSecret, bucket.credentials);
      shared.project.configure("production", (config) => {
        const { inCluster } = config["flask-app:postgresql"] as { inCluster: { backup: PostgresqlBackup } };
        inCluster.backup.copy = copy;
      });
      const output = await succeed(shared.project, ["start", "--stack", "production"]);
      appUrl = /curl -s (http:\/\/127\.0\.0\.1:\d+)/.exec(output)![1];
      databaseUrl = (await readSecret(namespace, "flask-prod-env")).DATABASE_URL;
      await query(databaseUrl, "CREATE TABLE cities AS SELECT 'Écija' AS name");
      await query(databaseUrl, "SELECT lo_from_bytea(4711, 'a large object')");
    });

    after(async () => {
      await bucket?.stop();
      laptop?.remove();
    });

    it("is dumped, verified, encrypted and uploaded by a Job of the CronJob", async () => {
      await createJob("backup-now", `${release}-backup`);
      const logs = await logsOfSuccess("backup-now");
      object = /encrypted outgoing\/(flaskdb-\S+\.dump\.gpg):/.exec(logs)?.[1] ?? "";
      assert.match(logs, /dumped flaskdb in .*\nverified flaskdb-\S+\.dump: \d+ bytes/);
      assert.match(logs, new RegExp(`${object}: Copied \\(new\\)`));
    });

    it("is made by a role that can read, but not write", async () => {
      const { "backup-password": password } = await readSecret(namespace, `${release}-auth`);
      const url = `postgresql://flaskuser_backup:${password}@${release}/flaskdb`;
      assert.equal(await query(url, "SELECT name FROM cities"), "Écija");
      await assert.rejects(query(url, "DELETE FROM cities"), /read-only transaction/);
      for (const change of ["DELETE FROM cities", "DROP TABLE cities", "CREATE TABLE towns ()"]) {
        await assert.rejects(query(url, `BEGIN READ WRITE; ${change}`), /permission denied|must be owner/);
      }
    });

    it("can be fetched, decrypted with the private key, and restored with the documented commands", async () => {
      await laptop.run(documentedCommand(/rclone copy .*/), bucket, object);
      await laptop.run(documentedCommand(/gpg --output .*/), bucket, object);
      await query(databaseUrl, "DROP TABLE cities");
      await query(databaseUrl, "SELECT lo_unlink(4711)");

      await scale("Deployment", deployment, 0, namespace);
      const core = api(k8s.CoreV1Api);
      const stopped = async () =>
        (await core.listNamespacedPod({ namespace, labelSelector: appPods })).items.length === 0;
      await until("the app has stopped", stopped);
      await createJob("restore", `${release}-restore`);
      const pod = await readyPodOf("restore");
      const dump = fs.createReadStream(path.join(laptop.folder, "flaskdb.dump"));
      await inPod(pod, ["sh", "-c", documentedScript("cat > ")], namespace, dump);
      assert.equal(await inPod(pod, ["sh", "-c", documentedScript("pg_restore ")], namespace), "");
      await inPod(pod, ["sh", "-c", documentedScript("rm ")], namespace);
      await deleteJob("restore");

      assert.equal(await query(databaseUrl, "SELECT name FROM cities"), "Écija");
      assert.equal(await query(databaseUrl, "SELECT convert_from(lo_get(4711), 'UTF8')"), "a large object");
      await scale("Deployment", deployment, 3, namespace);
      // Three pods load their models at the same time.
      await untilAnswers(appUrl, 120);
    });
  });
}

/** A script that docs/backups.md runs with the decrypted copy, `flaskdb.dump`, in the pod of a restore. */
function documentedScript(start: string): string {
  const scripts = [...documentation.matchAll(/kubectl exec (?:-i )?job\/restore -- sh -c '([^']*)'/g)];
  return scripts
    .map(([, script]) => script)
    .find((script) => script.startsWith(start) && script.includes("/flaskdb.dump"))!;
}
