import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { Measure, Subject } from "./row";
import { timedProcess } from "./timedProcess";

/** A cluster by kind, where kind is on PATH and a Docker daemon answers. */
export async function kindSubjects(): Promise<Subject[]> {
  const needed = [
    ["kind", "version"],
    ["docker", "version"],
  ];
  const answers = await Promise.all(needed.map(([command, ...args]) => execa(command, args, { reject: false })));
  if (answers.some(({ exitCode }) => exitCode !== 0)) {
    return [];
  }
  // The first cluster of a machine waits for its image.
  await create();
  return [{ label: "kind", run: create }];
}

/** How long kind takes until its node is ready. */
async function create(): Promise<Measure> {
  const cluster = ["cluster", "--name", "flask-app-bench"];
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-bench-kind-"));
  const kubeconfig = ["--kubeconfig", path.join(folder, "kubeconfig")];
  try {
    return await timedProcess("kind", ["create", ...cluster, ...kubeconfig, "--wait", "5m"]);
  } finally {
    await execa("kind", ["delete", ...cluster, ...kubeconfig]);
    fs.rmSync(folder, { recursive: true });
  }
}
