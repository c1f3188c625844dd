import * as yaml from "yaml";
import { Manifest } from "../../components/checks/manifestFaults";
import { UserError } from "./userError";

/**
 * Parses the objects in Helm's output as Helm does: as YAML 1.1, and of two equal keys the last one counts. Bitnami's redis
 * chart has its own annotation `checksum/secret` next to the program's.
 *
 * @throws {UserError} If it is not valid YAML; the message has every error.
 */
export function parseManifests(text: string): Manifest[] {
  const documents = yaml.parseAllDocuments(text, { version: "1.1", uniqueKeys: false });
  if (!Array.isArray(documents)) {
    return [];
  }
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new UserError(errors.map(({ message }) => message).join("\n"));
  }
  return documents.map((document) => document.toJS() as Manifest | null).filter((manifest) => manifest !== null);
}
