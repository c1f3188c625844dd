import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import * as yaml from "yaml";
import { hasPulumi } from "../../sandbox/engine";
import { kubeconfigFile, projectFolder, stateFolder } from "../lib/paths";
import { StackFileConfig } from "../lib/stackFiles";
import { projectToEdit } from "./editedChart";
import { helmPeers } from "./helmRows";
import { Measure, Row, Subject } from "./row";
import { stack, stackConfig } from "./stack";
import { timedProcess } from "./timedProcess";

const naive = "naive program";
const missing = async (): Promise<string | undefined> =>
  (await hasPulumi()) ? undefined : "the Pulumi CLI is not on PATH";

/** A program in a Pulumi project of its own, with its own state and namespace. */
interface Program {
  label: string;
  /** Where it is, relative to the project. */
  folder: string;
  env?: NodeJS.ProcessEnv;
}

const transpileOnly = { PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
const programs: Program[] = [
  { label: "this program", folder: "." },
  { label: naive, folder: "tools/bench/naive", env: transpileOnly },
  { label: "naive program, type-checked", folder: "tools/bench/naive" },
  { label: "empty program", folder: "tools/bench/empty", env: transpileOnly },
];

/** What the program takes with the Pulumi CLI, on the sandbox. */
export const engineRows: Row[] = [
  {
    name: "preview",
    what: "preview without change, engine",
    target: { ratio: 1, to: naive },
    missing,
    subjects: () => deployed(programs, (pulumi) => pulumi("preview")),
  },
  {
    name: "up",
    what: "up without change, engine",
    target: { ratio: 1, to: naive },
    missing,
    subjects: () => deployed(programs, (pulumi) => pulumi("up", "--yes", "--skip-preview")),
  },
  {
    name: "first-up",
    what: "first up, engine",
    target: { ratio: 1, to: naive },
    mostRuns: 3,
    missing,
    subjects: async (): Promise<Subject[]> => {
      const subjects = await deployed(programs.slice(0, 2), (pulumi) => pulumi("up", "--yes", "--skip-preview"));
      return subjects.map(({ pulumi, ...subject }) => ({
        ...subject,
        before: () => pulumi("destroy", "--yes", "--skip-preview"),
      }));
    },
  },
  {
    name: "chart-edit",
    // The naive program does not see an edit of a local chart: it would have nothing to do.
    what: "up after a one-line chart edit, engine",
    missing,
    subjects: async (): Promise<Subject[]> => {
      const { folder, editChart } = projectToEdit();
      const [subject] = await deployed(
        [{ label: "this program", folder: "." }],
        (pulumi) => pulumi("up", "--yes", "--skip-preview"),
        folder,
      );
      return [{ ...subject, before: editChart }, ...(await helmPeers(folder, editChart))];
    },
  },
];

type Pulumi = (...args: string[]) => Promise<Measure>;

/** Programs of the project in a folder that are deployed, and what is done with them. */
async function deployed(
  wanted: Program[],
  run: (pulumi: Pulumi) => Promise<Measure>,
  root = projectFolder,
): Promise<(Subject & { pulumi: Pulumi })[]> {
  const subjects = [];
  for (const program of wanted) {
    const pulumi = await project(program, root);
    await pulumi("up", "--yes", "--skip-preview");
    subjects.push({ label: program.label, pulumi, run: () => run(pulumi) });
  }
  return subjects;
}

/** Makes the Pulumi project of a program; those of the checkout stay as they are. */
async function project({ label, folder, env }: Program, root: string): Promise<Pulumi> {
  const name = `${label.replaceAll(/\W+/g, "-")}${root === projectFolder ? "" : "-edited"}`;
  const cwd = path.join(stateFolder, name);
  fs.mkdirSync(path.join(cwd, "state"), { recursive: true });
  const program = path.join(root, folder);
  const settings = yaml.parse(fs.readFileSync(path.join(program, "Pulumi.yaml"), "utf8")) as object;
  // Of a folder alone, the package.json above it would name the entry point.
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
      PULUMI_CONFIG_PASSPHRASE: "not a secret: all of it is gone after the benchmark",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  };
  await execa("pulumi", ["stack", "select", "--create", stack], options);
  return (...args) => timedProcess("pulumi", [...args, "--stack", stack, "--non-interactive"], options);
}

/** Charts in folders are named relative to the program's. */
function withChartsFrom(folder: string, config: StackFileConfig): StackFileConfig {
  const prefix = folder === "" ? "./" : `${folder}/`;
  return JSON.parse(JSON.stringify(config).replaceAll('"./sandbox/', `"${prefix}sandbox/`)) as StackFileConfig;
}
