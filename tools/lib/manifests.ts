import * as yaml from "yaml";
import { Manifest } from "../../components/checks/manifestFaults";
import { UserError } from "./userError";

/**
 * Parses the objects in Helm's output as YAML 1.1, as Kubernetes does.
 *
 * @throws {UserError} If it is not valid YAML; the message has every error.
 */
export function parseManifests(text: string): Manifest[] {
  const documents = yaml.parseAllDocuments(text, { version: "1.1" });
  if (!Array.isArray(documents)) {
    return [];
  }
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new UserError(errors.map(({ message }) => message).join("\n"));
  }
  return documents.map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null);
}
