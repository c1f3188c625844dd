import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { hasPulumi } from "../../sandbox/engine";
import { kubeconfigFile, projectFolder, stateFolder } from "../lib/paths";
import { StackFileConfig } from "../lib/stackFiles";
import { helmPeers } from "./helmRows";
import { timedProcess } from "./measure";
import { Measure, Row, Subject } from "./row";
import { projectToEdit, stack, stackConfig } from "./stack";

/** A program that is deployed with a Pulumi project, state and namespace of its own. */
interface Program {
  label: string;
  /** Its folder, relative to the project. */
  folder: string;
  env?: NodeJS.ProcessEnv;
}

const naive = "naive program";
const transpileOnly = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
const thisProgram: Program = { label: "this program", folder: "." };
const naiveProgram: Program = { label: naive, folder: "tools/bench/naive", env: transpileOnly };
const programs: Program[] = [
  thisProgram,
  naiveProgram,
  { label: "naive program, type-checked", folder: "tools/bench/naive" },
  { label: "empty program", folder: "tools/bench/empty", env: transpileOnly },
];

const target = { ratio: 1, to: naive };
const up = ["up", "--yes", "--skip-preview"];
const destroy = ["destroy", "--yes", "--skip-preview"];
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
    subjects: () => deployed([thisProgram, naiveProgram], up, { before: (pulumi) => pulumi(destroy) }),
  },
  {
    name: "chart-edit",
    // The naive program does not see an edit of a local chart: it would have nothing to do.
    what: "up after a one-line chart edit, engine",
    missing,
    subjects: async (): Promise<Subject[]> => {
      const { folder, editChart } = projectToEdit();
      const subjects = await deployed([thisProgram], up, { root: folder, before: editChart });
      return [...subjects, ...(await helmPeers(folder, editChart))];
    },
  },
];

type Pulumi = (args: string[]) => Promise<Measure>;

/**
 * Deploys programs, and returns a subject for each that runs a command of the CLI.
 *
 * @param root The project, or a copy of it.
 * @param before Prepares each run.
 */
async function deployed(
  wanted: Program[],
  command: string[],
  { root = projectFolder, before }: { root?: string; before?: (pulumi: Pulumi) => Promise<unknown> } = {},
): Promise<Subject[]> {
  const subjects: Subject[] = [];
  for (const program of wanted) {
    const pulumi = await pulumiProject(program, root);
    await pulumi(up);
    subjects.push({ label: program.label, before: before && (() => before(pulumi)), run: () => pulumi(command) });
  }
  return subjects;
}

/** Creates the Pulumi project of a program, outside the checkout, whose own projects stay as they are. */
async function pulumiProject({ label, folder, env }: Program, root: string): Promise<Pulumi> {
  const name = `${label.replaceAll(/\W+/g, "-")}${root === projectFolder ? "" : "-edited"}`;
  const cwd = path.join(stateFolder, name);
  fs.mkdirSync(path.join(cwd, "state"), { recursive: true });
  const program = path.join(root, folder);
  const settings = yaml.parse(fs.readFileSync(path.join(program, "Pulumi.yaml"), "utf8")) as object;
  // If `main` were only a folder, Pulumi would take the entry point from the package.json above it.
  const main = path.join(path.relative(cwd, program), "index.ts");
  fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), yaml.stringify({ ...settings, main }));
  const config = withChartsFrom(path.relative(program, root), await stackConfig(`bench-${name}`));
  fs.writeFileSync(path.join(cwd, `Pulumi.${stack}.yaml`), yaml.stringify({ config }));
  const options = {
    cwd,
    env: {
      ...env,
      KUBECONFIG: kubeconfigFile,
      PULUMI_BACKEND_URL: `file://${path.join(cwd, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "not a secret: everything is deleted after the benchmark",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  await execa("pulumi", ["stack", "select", "--create", stack], options);
  return (args) => timedProcess("pulumi", [...args, "--stack", stack, "--non-interactive"], options);
}

/** The config with its chart folders relative to the folder of a program. */
function withChartsFrom(folder: string, config: StackFileConfig): StackFileConfig {
  const prefix = folder === "" ? "./" : `${folder}/`;
  return JSON.parse(JSON.stringify(config).replaceAll('"./sandbox/', `"${prefix}sandbox/`)) as StackFileConfig;
}
