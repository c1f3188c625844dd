import * as crypto from "crypto";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/**
 * A random value that is kept under one key of one Secret. The resource is named after both, so that whoever looks at
 * the Secret finds the resource and the other way round.
 *
 * Letters and digits only: they need no quoting in a shell, a YAML file or a URL, and 32 of them hold 190 bits.
 *
 * @param secretName Name of the Kubernetes Secret that will hold the value.
 * @param key Key in that Secret.
 * @param length Number of characters.
 * @param rotation Any text: when it changes, so does the value. Without one the value stays.
 * @returns The value, as a secret.
 */
export function randomSecretValue(
  secretName: string,
  key: string,
  length: number,
  rotation: string | undefined,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const name = `${secretName}-${key}`;
  const password =
    rotation === undefined
      ? new random.RandomPassword(name, { length, special: false }, opts)
      : new random.RandomPassword(
          name,
          { length, special: false, keepers: { rotation } },
          // A new value replaces the resource, which protection would forbid. What holds the value stays protected.
          { ...opts, protect: false },
        );
  return pulumi.secret(password.result);
}

/** Prefix of the annotations that tell of each value of a Secret with which text it was made. */
export const rotationPrefix = "rotation.flask-app/";

/**
 * Annotations of a Secret that tell when its values were last rotated.
 *
 * @param rotations The rotation texts, by the keys of the Secret; those that are undefined are left out.
 */
export function rotationAnnotations(
  rotations: Record<string, string | undefined>,
): { annotations: Record<string, string> } | undefined {
  const entries = Object.entries(rotations).flatMap(([key, text]) =>
    text === undefined ? [] : [[`${rotationPrefix}${key}`, text]],
  );
  return entries.length > 0 ? { annotations: Object.fromEntries(entries) as Record<string, string> } : undefined;
}

/**
 * Hash of a Secret's content, for a pod annotation: pods restart when the content changes, and only then.
 *
 * It is no secret itself, and says nothing of the content as long as one of the values is a long random one.
 *
 * @param content The Secret's keys and values.
 * @returns 64 hexadecimal digits (SHA-256).
 */
export function secretChecksum(content: pulumi.Input<Record<string, pulumi.Input<string>>>): pulumi.Output<string> {
  const checksum = pulumi.output(content).apply((values) => {
    const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    return crypto.createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
  });
  return pulumi.unsecret(checksum);
}
