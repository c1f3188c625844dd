import * as fs from "fs";
import * as path from "path";
import { stateFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";

/** What runs the sandbox's pods: a kubelet with containers, or kwok, which only says that they run. */
export type NodeKind = "real" | "kwok";

/** Every kind of node. */
export const nodeKinds: readonly NodeKind[] = ["real", "kwok"];

const kindFile = path.join(stateFolder, "node-kind");

/** The node of the sandbox that was started last and not stopped; kwok if there is none. */
export function startedNode(): NodeKind {
  return fs.existsSync(kindFile) && fs.readFileSync(kindFile, "utf8") === "real" ? "real" : "kwok";
}

/** Notes what kind of node is being started. */
export function noteNode(kind: NodeKind): void {
  fs.writeFileSync(kindFile, kind);
}

/**
 * The node that FLASK_APP_NODE asks for; undefined if it asks for none.
 *
 * @throws {UserError} If there is no such kind.
 */
export function wantedNode(): NodeKind | undefined {
  const name = process.env.FLASK_APP_NODE;
  if (!name) {
    return undefined;
  }
  const kind = nodeKinds.find((known) => known === name);
  if (!kind) {
    throw new UserError(`FLASK_APP_NODE is "${name}"; accepted: ${nodeKinds.join(", ")}.`);
  }
  return kind;
}
