import * as k8s from "@pulumi/kubernetes";
import { BackupCopy, ImageSource } from "../config/config.generated";
import { imageReference, imageSource } from "../image";
import { uploadScript } from "./dumpScript";

type EnvVar = k8s.types.input.core.v1.EnvVar;

/** The last release of rclone when this was written; the tag is a version, which is never pushed again. */
export const rcloneImage: ImageSource = { registry: "docker.io", repository: "rclone/rclone", tag: "1.75.1" };

/** The image that uploads the copies. */
export function uploadImage({ image }: BackupCopy): ImageSource {
  return imageSource(image, rcloneImage);
}

/**
 * The container that copies the encrypted dump to the bucket. It sees neither the database's password nor the dumps, only
 * the folder with the encrypted one.
 *
 * @param releaseName Names the folder in the bucket unless the config does.
 * @param common Fields that it shares with the container that dumps.
 */
export function uploadContainer(
  releaseName: string,
  copy: BackupCopy,
  common: Partial<k8s.types.input.core.v1.Container>,
): k8s.types.input.core.v1.Container {
  const { bucket, prefix = releaseName, endpoint, region = "us-east-1" } = copy;
  const fromSecret = (key: string) => ({ secretKeyRef: { name: copy.credentialsSecret, key } });
  // Options of rclone (https://rclone.org/s3/). The first two spare it requests that its credentials may not allow: it
  // neither creates the bucket nor reads the object that it has written.
  const options: EnvVar[] = Object.entries({
    RCLONE_S3_NO_CHECK_BUCKET: "true",
    RCLONE_S3_NO_HEAD: "true",
    RCLONE_S3_PROVIDER: copy.provider ?? (endpoint === undefined ? "AWS" : "Other"),
    RCLONE_S3_REGION: region,
    ...(endpoint !== undefined && { RCLONE_S3_ENDPOINT: endpoint }),
    RCLONE_S3_ENV_AUTH: "true",
    // No file: the options are all there is.
    RCLONE_CONFIG: "/dev/null",
    RCLONE_RETRIES: "5",
    RCLONE_RETRIES_SLEEP: "30s",
    RCLONE_LOG_LEVEL: "INFO",
    RCLONE_STATS: "1m",
    RCLONE_STATS_ONE_LINE: "true",
    OUTGOING_DIR: "/outgoing",
    // With the slash, rclone does not ask whether this is an object.
    DESTINATION: `:s3:${bucket}/${prefix}/`,
  }).map(([name, value]) => ({ name, value }));
  return {
    ...common,
    name: "upload",
    image: imageReference(uploadImage(copy)),
    command: ["sh", "-c", uploadScript],
    env: [
      ...options,
      { name: "AWS_ACCESS_KEY_ID", valueFrom: fromSecret("AWS_ACCESS_KEY_ID") },
      { name: "AWS_SECRET_ACCESS_KEY", valueFrom: fromSecret("AWS_SECRET_ACCESS_KEY") },
    ],
    volumeMounts: [
      { name: "backups", mountPath: "/outgoing", subPath: "outgoing" },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** NetworkPolicy rule that lets the backup reach the bucket: any server, because an S3 service has many addresses. */
export function copyEgress({ endpoint }: BackupCopy): k8s.types.input.networking.v1.NetworkPolicyEgressRule {
  const { port, protocol } = new URL(endpoint ?? "https://s3.amazonaws.com");
  return { ports: [{ port: Number(port || (protocol === "http:" ? 80 : 443)), protocol: "TCP" }] };
}
