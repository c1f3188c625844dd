import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Storage } from "../config/config.generated";

/** Arguments of {@link backupClaim}. */
export interface BackupClaimArgs {
  releaseName: string;
  /** Namespace of the claim. It must exist. */
  namespace: pulumi.Input<string>;
  storage: Storage;
  /** Keep the volume when backups are removed from the stack. */
  keepVolume: boolean;
}

/**
 * The claim `<releaseName>-backups` for the volume of the backups. It is separate from the data's volume, so damage to one
 * leaves the other intact.
 */
export function backupClaim(
  { releaseName, namespace, storage, keepVolume }: BackupClaimArgs,
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.PersistentVolumeClaim {
  const name = `${releaseName}-backups`;
  return new k8s.core.v1.PersistentVolumeClaim(
    name,
    {
      metadata: {
        name,
        namespace,
        // Many storage classes bind a claim only when its first pod starts: here, the first backup. Do not wait for that.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteOnce"],
        storageClassName: storage.class,
        resources: { requests: { storage: storage.size } },
      },
    },
    { ...opts, retainOnDelete: keepVolume },
  );
}
