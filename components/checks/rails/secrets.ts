import { StackConfig } from "../../config/config.generated";
import { commandsOf, variablesOf } from "./containers";
import { Rail, RailFault } from "./rail";

/** Names of variables that hold a secret by convention. */
const secretName = /(^|_)(key|token|secret|password|passwd|passphrase|pwd|credentials?)$/i;
const publicName = /public_key$/i;
/** Values that are none: nothing, a switch, the path of a file, or a reference to another variable. */
const harmless = /^(|true|false|yes|no|0|1|\/\S+|\$\(\w+\))$/i;
/** A password in a URL, unless it is a reference to a variable. */
const urlWithPassword = /\w:\/\/[^\s/:@]*:(?!\$\()[^\s/@]+@/;

export const noPlainSecrets: Rail = {
  name: "no-plain-secrets",
  description: "No secret is in plain text where Helm or Kubernetes store it readable.",
  inConfig: (config) => [...secretsInManifests(config), ...passwordsInValues(config)],
  inManifests: (stack) => [
    ...variablesOf(stack)
      .filter(({ name, value }) => isSecret(name, value) || urlWithPassword.test(value))
      .map(({ path, name }) => fault(path, "a secret in plain text", name)),
    ...commandsOf(stack)
      .filter(({ value }) => urlWithPassword.test(value))
      .map(({ path }) => fault(path, "a password in plain text", "NAME")),
  ],
};

function isSecret(name: string, value: string): boolean {
  return secretName.test(name) && !publicName.test(name) && !harmless.test(value);
}

/** The value itself is not shown. */
function fault(path: string, found: string, name: string): RailFault {
  const command = `pulumi config set --secret --path 'flask-app:secretEnv.${name}'`;
  return {
    path,
    problem: `found ${found}, accepted: a reference to a Secret: Helm and the pod's manifest show it to all who may read them. Remove it and, for a variable of the app, run \`${command}\``,
  };
}

/** Secrets of extraManifests: their content would be in the stack file, and in Helm's record of the release. */
function secretsInManifests({ app }: StackConfig): RailFault[] {
  return (app.extraManifests ?? []).flatMap((manifest, index) =>
    manifest.kind === "Secret" && ("data" in manifest || "stringData" in manifest)
      ? [fault(`app.extraManifests[${index}]`, "a Secret with its content", "NAME")]
      : [],
  );
}

/** A password in SQL, or in Redis's configuration. */
const passwordText = /\bpassword\s+'[^']|^\s*(requirepass|masterauth)\s+\S/im;

/** Passwords in the values of the databases' charts, such as one in an init script. */
function passwordsInValues({ postgresql, redis }: StackConfig): RailFault[] {
  const search = (value: unknown, path: string): RailFault[] => {
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).flatMap(([key, child]) =>
        search(child, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`),
      );
    }
    const isPassword = typeof value === "string" && (passwordText.test(value) || urlWithPassword.test(value));
    return isPassword ? [fault(path, "a password in plain text", "NAME")] : [];
  };
  return Object.entries({ postgresql, redis }).flatMap(([key, { inCluster }]) =>
    search(inCluster?.values, `${key}.inCluster.values`),
  );
}
