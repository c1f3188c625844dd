import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { rcloneImage } from "../../components/backups/backupCopy";
import { imageReference } from "../../components/image";
import { processes } from "../../sandbox/controlPlane";
import { buildSystem, systemPath } from "../../sandbox/node/images";
import { buildLayer } from "../../sandbox/node/layers";
import { loadImages } from "../../sandbox/node/loadImages";
import { withNodeToolsLock } from "../../sandbox/node/nodeTools";
import { forwardPort } from "../../sandbox/node/portForward";
import { isReady } from "../../sandbox/pods";
import { Bucket } from "../helpers/backupLaptop";
import { pods, until } from "../helpers/cluster";
import { api } from "../helpers/project";

const namespace = "default";
const name = "object-storage";
const port = 9000;
const labels = { "app.kubernetes.io/name": name };
const relay = "test-bucket";

/** A bucket that pods reach, and that this machine reaches at `url`. */
export interface ClusterBucket extends Bucket {
  /** URL of the S3 service for pods. */
  endpoint: string;
  stop(): Promise<void>;
}

/**
 * Loads an image with a built rclone under the reference of the real one. `npm start` does not: without a copy of the
 * backups, nothing uses it.
 */
export async function loadRclone(rclone: string): Promise<void> {
  const interrupt = new AbortController().signal;
  const layers = await withNodeToolsLock(async () => [
    await buildSystem(interrupt),
    await buildLayer(
      "rclone",
      [crypto.hash("sha256", fs.readFileSync(rclone))],
      async (root) => {
        const folder = path.join(root, "usr/local/bin");
        await fs.promises.mkdir(folder, { recursive: true });
        await fs.promises.copyFile(rclone, path.join(folder, "rclone"));
      },
      interrupt,
    ),
  ]);
  const config = { Entrypoint: ["rclone"], Cmd: [], Env: [`PATH=${systemPath}`], WorkingDir: "/data" };
  await loadImages([{ reference: imageReference(rcloneImage), layers, config }], interrupt);
}

/** Runs an S3 server with one bucket in a pod: rclone's, whose image must be loaded. */
export async function startBucket(): Promise<ClusterBucket> {
  const bucket = "company-backups";
  const credentials = { AWS_ACCESS_KEY_ID: "backups", AWS_SECRET_ACCESS_KEY: "the secret of backups" };
  const serve = 'mkdir "/data/$0" && exec rclone serve s3 --config=/dev/null "--auth-key=$1" "--addr=:$2" /data';
  const core = api(k8s.CoreV1Api);
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: { name, labels },
      spec: {
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "rclone",
            image: imageReference(rcloneImage),
            command: ["sh", "-c", serve, bucket, Object.values(credentials).join(","), String(port)],
            readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
            volumeMounts: [{ name: "data", mountPath: "/data" }],
          },
        ],
        volumes: [{ name: "data", emptyDir: {} }],
      },
    },
  });
  const service = await core.createNamespacedService({
    namespace,
    body: { metadata: { name }, spec: { selector: labels, ports: [{ port }] } },
  });
  const selector = `app.kubernetes.io/name=${name}`;
  await until("the S3 server is ready", async () => (await pods(namespace, selector)).some(isReady), 120);
  const opened = await forwardPort(processes, relay, { host: service.spec!.clusterIP!, port }, 0);
  return {
    bucket,
    credentials,
    endpoint: `http://${name}.${namespace}.svc.cluster.local:${port}`,
    url: `http://127.0.0.1:${opened}`,
    stop: async () => {
      await processes.stop(relay);
      await core.deleteNamespacedService({ namespace, name });
      await core.deleteNamespacedPod({ namespace, name });
    },
  };
}
