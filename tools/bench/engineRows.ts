import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { hasPulumi } from "../../sandbox/engine";
import { kubeconfigFile, stateFolder } from "../lib/paths";
import { projectCopy, stackIn } from "./deployment";
import { Row, Subject, timedProcess } from "./measure";

/** A Pulumi program, which gets a state and a namespace of its own. */
interface Program {
  label: string;
  /** Its folder in the project. */
  folder: string;
  env?: NodeJS.ProcessEnv;
}

const transpileOnly = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
const thisProgram: Program = { label: "this program", folder: "." };
const naiveProgram: Program = { label: "naive program", folder: "tools/bench/naive", env: transpileOnly };
const programs: Program[] = [
  thisProgram,
  naiveProgram,
  { label: "naive program, type-checked", folder: "tools/bench/naive" },
  { label: "empty program", folder: "tools/bench/empty", env: transpileOnly },
];

const stack = "bench";
const target = { ofSecond: 1 };
const up = ["up", "--yes", "--skip-preview"];
const missing = async (): Promise<string | undefined> =>
  (await hasPulumi()) ? undefined : "the Pulumi CLI is not on PATH";

/** How long the program takes with the Pulumi CLI, on the sandbox. */
export const engineRows: Row[] = [
  {
    name: "preview",
    what: "preview without change, engine",
    target,
    missing,
    subjects: () => deployed(programs, ["preview"]),
  },
  { name: "up", what: "up without change, engine", target, missing, subjects: () => deployed(programs, up) },
  {
    name: "first-up",
    what: "first up, engine",
    target,
    mostRuns: 3,
    missing,
    subjects: () =>
      deployed([thisProgram, naiveProgram], up, (pulumi) => pulumi(["destroy", "--yes", "--skip-preview"])),
  },
];

/** Runs a command of the Pulumi CLI on a program, and measures it. */
type Pulumi = (args: string[]) => Promise<number>;

/**
 * Deploys programs, and returns a subject for each that runs a command of the CLI.
 *
 * @param before Prepares each run.
 */
async function deployed(
  wanted: Program[],
  command: string[],
  before?: (pulumi: Pulumi) => Promise<unknown>,
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const program of wanted) {
    const pulumi = await selectStack(program);
    await pulumi(up);
    subjects.push({ label: program.label, before: before && (() => before(pulumi)), run: () => pulumi(command) });
  }
  return subjects;
}

/** Creates the stack of a program, in the copy of the project, unless it exists. */
async function selectStack({ folder, env }: Program): Promise<Pulumi> {
  const cwd = path.join(projectCopy(), folder);
  const name = `bench-${path.basename(folder).replace(".", "project")}`;
  const state = path.join(stateFolder, name);
  const options = {
    cwd,
    env: {
      ...env,
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "not a secret: everything is deleted after the benchmark",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  if (!fs.existsSync(state)) {
    fs.mkdirSync(state, { recursive: true });
    fs.writeFileSync(path.join(cwd, `Pulumi.${stack}.yaml`), yaml.stringify(await stackIn(name)));
    await execa("pulumi", ["stack", "init", stack], options);
  }
  return (args) => timedProcess("pulumi", [...args, "--stack", stack, "--non-interactive"], options);
}
