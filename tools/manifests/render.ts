import * as yaml from "yaml";
import { maskSecret } from "../../components/changes/maskSecret";
import { Manifest } from "../../components/checks/manifestFaults";
import { RenderedRelease, StackManifests } from "./stackManifests";

/** A stack as YAML documents that `kubectl apply -f` can read, with the values of Secrets masked. */
export function manifestsText({ plain, releases }: StackManifests): string {
  const objects = plain.map((manifest) => `---\n${yaml.stringify(maskSecret(manifest))}`);
  return [...objects, ...releases.map(releaseText)].join("");
}

/** Values of a release, as `helm install --values` reads them. They hold no secret: the program creates the Secrets. */
export function valuesText({ inputs }: RenderedRelease): string {
  const { name, namespace, chart, version, values } = inputs;
  return `# helm upgrade --install ${name} ${chart} --version ${version} --namespace ${namespace} --values FILE\n${yaml.stringify(values)}`;
}

/** Helm's own text, whose comments name the templates, with the values of Secrets masked. */
function releaseText({ text }: RenderedRelease): string {
  const documents = text.split(/^---\n/m).map((document) => {
    const manifest = yaml.parse(document, { version: "1.1", uniqueKeys: false }) as Manifest | null;
    return manifest?.kind === "Secret"
      ? `${/^#.*\n/.exec(document)?.[0] ?? ""}${yaml.stringify(maskSecret(manifest))}`
      : document;
  });
  return `${documents.join("---\n").trimEnd()}\n`;
}
