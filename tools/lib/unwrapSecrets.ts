/** The wire form of a secret: https://www.pulumi.com/docs/iac/concepts/secrets/. */
const secretSignature = "4dabf18193072939515e22adb298388d";

/**
 * The inputs of a resource as Pulumi's mocks get them, with the wrappers of secrets removed.
 *
 * @param secretPaths Gets the path of each secret, such as `stringData.password`.
 */
export function unwrapSecrets(value: unknown, secretPaths: string[] = [], path = ""): unknown {
  const at = (step: string | number) => (path ? `${path}.${step}` : String(step));
  if (Array.isArray(value)) {
    return value.map((item, index) => unwrapSecrets(item, secretPaths, at(index)));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (secretSignature in value) {
    secretPaths.push(path);
    return unwrapSecrets((value as { value?: unknown }).value, secretPaths, path);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unwrapSecrets(item, secretPaths, at(key))]),
  );
}
