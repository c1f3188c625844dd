import * as fs from "fs";
import * as path from "path";
import { stateFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";

/** Every kind of node: `real` has a kubelet that runs containers, `kwok` only reports that pods run. */
export const nodeKinds = ["real", "kwok"] as const;
/** What runs the sandbox's pods. */
export type NodeKind = (typeof nodeKinds)[number];

const kindFile = path.join(stateFolder, "node-kind");

/** The kind of node of the sandbox that was started last and has not been stopped; kwok if there is none. */
export function startedNode(): NodeKind {
  return fs.existsSync(kindFile) && fs.readFileSync(kindFile, "utf8") === "real" ? "real" : "kwok";
}

/** Records the kind of node that is being started. */
export function recordNode(kind: NodeKind): void {
  fs.writeFileSync(kindFile, kind);
}

/**
 * The kind of node in the environment variable FLASK_APP_NODE; undefined if that is not set.
 *
 * @throws {UserError} If there is no such kind.
 */
export function wantedNode(): NodeKind | undefined {
  const name = process.env.FLASK_APP_NODE;
  const kind = nodeKinds.find((known) => known === name);
  if (name && !kind) {
    throw new UserError(`FLASK_APP_NODE is "${name}"; accepted: ${nodeKinds.join(", ")}.`);
  }
  return kind;
}
