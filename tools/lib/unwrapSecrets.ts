/** The wire form of a secret: https://www.pulumi.com/docs/iac/concepts/secrets/. */
const secretSignature = "4dabf18193072939515e22adb298388d";

/** The inputs of a resource, as mocks get them, with every secret in them as it is. */
export function unwrapSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(unwrapSecrets);
  }
  if (typeof value === "object" && value !== null) {
    return secretSignature in value
      ? unwrapSecrets((value as { value?: unknown }).value)
      : Object.fromEntries(Object.entries(value).map(([key, child]) => [key, unwrapSecrets(child)]));
  }
  return value;
}
