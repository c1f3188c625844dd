import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { Subject } from "./row";
import { timedProcess } from "./timedProcess";

/** A cluster by kind, where kind is on PATH and a Docker daemon answers; its node's image is pulled before. */
export async function kindSubjects(): Promise<Subject[]> {
  const needed = [
    ["kind", "version"],
    ["docker", "version"],
  ];
  const answers = await Promise.all(needed.map(([command, ...args]) => execa(command, args, { reject: false })));
  return answers.every(({ exitCode }) => exitCode === 0) ? [{ label: "kind", before: pullImage, run: create }] : [];
}

const cluster = ["cluster", "--name", "flask-app-bench"];

/** How long kind takes until its node is ready. */
async function create() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-kind-"));
  const kubeconfig = ["--kubeconfig", path.join(folder, "kubeconfig")];
  try {
    return await timedProcess("kind", ["create", ...cluster, ...kubeconfig, "--wait", "5m"]);
  } finally {
    await execa("kind", ["delete", ...cluster, ...kubeconfig]);
    fs.rmSync(folder, { recursive: true });
  }
}

let isPulled = false;

/** The first cluster of a machine waits for its image. */
async function pullImage(): Promise<void> {
  if (!isPulled) {
    await create();
    isPulled = true;
  }
}
