import * as crypto from "crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** A random value in a Secret: letters and digits, which need no quoting in a shell, a YAML file or a URL. */
export interface RandomValue {
  /** Number of characters; 32 give 190 bits of entropy. */
  length: number;
  /** Any text. When it changes, so does the value. */
  rotation?: string;
}

/** Arguments of {@link generatedSecret}. */
export interface GeneratedSecretArgs<Key extends string> {
  /** Name of the Secret. */
  name: string;
  /** Namespace of the Secret. It must exist. */
  namespace: pulumi.Input<string>;
  /** Keys whose values are generated. */
  random: Record<Key, RandomValue>;
  /** Other keys and their values, in plain text. */
  values?: Record<string, pulumi.Input<string>>;
  /** Keys and values of other Secrets that the same pods read. They are only part of the checksum. */
  elsewhere?: Record<string, pulumi.Input<string>>;
}

/** A Secret and its generated values. */
export interface GeneratedSecret<Key extends string> {
  /** Name of the Secret. It resolves once the Secret exists. */
  name: pulumi.Output<string>;
  /** The generated values by their keys; secrets. */
  random: Record<Key, pulumi.Output<string>>;
  /** SHA-256 of all keys and values, also those elsewhere; see {@link secretChecksum}. */
  checksum: pulumi.Output<string>;
}

/** Prefix of the annotations that record, for each key of a Secret, the rotation text its value was generated with. */
export const rotationPrefix = "rotation.flask-app/";

/**
 * Creates a Secret with random values. Each value is a RandomPassword named `<secret>-<key>`, so each can be found from the
 * other.
 */
export function generatedSecret<Key extends string>(
  { name, namespace, random, values, elsewhere }: GeneratedSecretArgs<Key>,
  opts: pulumi.CustomResourceOptions,
): GeneratedSecret<Key> {
  const entries = Object.entries<RandomValue>(random);
  const generated = Object.fromEntries(
    entries.map(([key, value]) => [key, randomValue(`${name}-${key}`, value, opts)]),
  ) as Record<Key, pulumi.Output<string>>;
  const rotations = entries.filter(([, { rotation }]) => rotation !== undefined);
  const annotations = Object.fromEntries(
    rotations.map(([key, { rotation }]) => [`${rotationPrefix}${key}`, rotation as string]),
  );
  const content = { ...generated, ...values };
  const secret = new k8s.core.v1.Secret(
    name,
    {
      metadata: { name, namespace, ...(rotations.length > 0 && { annotations }) },
      stringData: content,
    },
    opts,
  );
  return { name: secret.metadata.name, random: generated, checksum: secretChecksum({ ...content, ...elsewhere }) };
}

function randomValue(
  name: string,
  { length, rotation }: RandomValue,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const password =
    rotation === undefined
      ? new random.RandomPassword(name, { length, special: false }, opts)
      : new random.RandomPassword(
          name,
          { length, special: false, keepers: { rotation } },
          // A rotation replaces this resource, which protection would forbid. The Secret stays protected.
          { ...opts, protect: false },
        );
  return pulumi.secret(password.result);
}

/**
 * Hash of a Secret's content for a pod annotation: pods restart when the content changes, and only then. The hash is not
 * a secret: it reveals nothing as long as one of the values is long and random.
 *
 * @param content Keys and values of the Secret.
 * @returns 64 hexadecimal digits (SHA-256).
 */
export function secretChecksum(content: Record<string, pulumi.Input<string>>): pulumi.Output<string> {
  const checksum = pulumi.output(content).apply((values) => {
    const sorted = Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
    return crypto.createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
  });
  return pulumi.unsecret(checksum);
}
