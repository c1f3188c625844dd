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
 * @returns The value, as a secret.
 */
export function randomSecretValue(
  secretName: string,
  key: string,
  length: number,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const password = new random.RandomPassword(`${secretName}-${key}`, { length, special: false }, opts);
  return pulumi.secret(password.result);
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
