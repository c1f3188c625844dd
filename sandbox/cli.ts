import * as fs from "fs";
import * as path from "path";
import { Command, Option } from "commander";
import * as lockfile from "proper-lockfile";
import { isControlPlaneReady, stopControlPlane } from "./controlPlane";
import { deployWithEngine, destroyWithEngine, hasPulumi } from "./engine";
import { Helm } from "./helm";
import { deployInProcess, destroyInProcess, ResourceEvent } from "./inProcess";
import { closeApp, openApp } from "./node/appUrl";
import { NodeKind, nodeKinds, startedNode } from "./node/kind";
import { projectFolder, stateFolder, toolsFolder } from "../tools/lib/paths";
import { forSandbox } from "./sandboxStack";
import { setUpSandbox } from "./setUp";
import { readStackFile, stackNames } from "../tools/lib/stackFiles";
import { describeDeployment, StackOutputs } from "./summary";
import { findTool } from "../tools/lib/binaries";
import { UserError } from "../tools/lib/userError";

const interrupt = new AbortController();

async function start(stack: string, node: NodeKind | undefined): Promise<void> {
  const stackFile = readStackFile(stack);
  const helm = await setUpSandbox(interrupt.signal, node);
  const file = await forSandbox(stackFile, console.log);
  const begun = Date.now();
  let outputs: StackOutputs;
  let changed: boolean;
  if (await usesEngine(stack)) {
    console.log(`Deploying ${stack} to the sandbox with the Pulumi CLI (state in ${shown(stateFolder)})`);
    ({ outputs, changed } = await deployWithEngine(stack, file, (text) => process.stdout.write(text)));
  } else {
    console.log(`Deploying ${stack} to the sandbox in this process: the Pulumi CLI is not on PATH`);
    changed = false;
    const report = (event: ResourceEvent) => {
      changed ||= event.change === "created" || event.change === "updated";
      print(event);
    };
    outputs = await deployInProcess({ stack, file, helm: new Helm(helm, interrupt.signal), report });
  }
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  console.log(`\n${stack} ${changed ? "is deployed" : "is as it should be: nothing changed"} (${seconds} s).\n`);
  const url = startedNode() === "real" ? await openApp(outputs) : undefined;
  console.log(await describeDeployment(stack, outputs, helm, url));
}

async function destroy(stack: string): Promise<void> {
  const stackFile = readStackFile(stack);
  const helm = await findTool("helm");
  if (!helm || !(await isControlPlaneReady())) {
    throw new UserError("The sandbox does not run, so there is nothing to destroy.");
  }
  const file = await forSandbox(stackFile, console.log);
  if (await usesEngine(stack)) {
    await destroyWithEngine(stack, file, (text) => process.stdout.write(text));
  } else {
    await destroyInProcess({ stack, file, helm: new Helm(helm, interrupt.signal), report: print });
  }
  await closeApp(String(file.config["flask-app:namespace"]));
  fs.rmSync(wayFile(stack), { force: true });
  console.log(`\n${stack} is gone from the sandbox.`);
}

async function stop(options: { tools?: boolean }): Promise<void> {
  const existed = fs.existsSync(stateFolder);
  await stopControlPlane();
  console.log(existed ? `The sandbox is gone, with all it held (${shown(stateFolder)}).` : "No sandbox runs here.");
  if (options.tools) {
    fs.rmSync(toolsFolder, { recursive: true, force: true });
    console.log(`Its tools are gone, too (${shown(toolsFolder)}).`);
  }
}

/** Whether the Pulumi CLI deploys a stack: if it is there, unless the stack was deployed without it before. */
async function usesEngine(stack: string): Promise<boolean> {
  const file = wayFile(stack);
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, (await hasPulumi()) ? "engine" : "in-process");
  }
  return fs.readFileSync(file, "utf8") === "engine";
}

function wayFile(stack: string): string {
  return path.join(stateFolder, `deployed-${stack}`);
}

function print({ resource, change, detail = "" }: ResourceEvent): void {
  console.log(change === "started" ? `  …         ${resource}` : `  ${change.padEnd(9)} ${resource}`);
  for (const line of detail.split("\n").filter(Boolean)) {
    console.log(`              ${line}`);
  }
}

function shown(file: string): string {
  return path.relative(projectFolder, file) || ".";
}

/** Runs a command while no other one works on the same sandbox, and turns expected errors into one message. */
function run<Args extends unknown[]>(command: (...args: Args) => Promise<void>): (...args: Args) => Promise<void> {
  return async (...args) => {
    const release = await lockfile.lock(stateFolder, { realpath: false }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ELOCKED"
        ? new UserError("Another command works on this sandbox: wait until it is done.")
        : error;
    });
    try {
      await command(...args);
    } finally {
      await release();
    }
  };
}

const stackOption = () => new Option("-s, --stack <name>", `one of ${stackNames().join(", ")}`).default("dev");

const program = new Command("flask-app-sandbox")
  .description("A Kubernetes control plane on this machine, and the stacks of this project in it.")
  .showHelpAfterError("(--help tells what is accepted)");
program
  .command("start", { isDefault: true })
  .summary("npm start: start the sandbox and deploy a stack to it")
  .description(
    "Builds the sandbox's tools if they are missing, starts the sandbox if it does not run, and deploys a stack to it, " +
      "with the Pulumi CLI where it is on PATH. It never touches another cluster, whatever KUBECONFIG says.",
  )
  .addOption(stackOption())
  .addOption(
    new Option(
      "-n, --node <kind>",
      "real: containers run; kwok: it only looks so (default: real where it can run)",
    ).choices(nodeKinds),
  )
  .action(run(({ stack, node }: { stack: string; node?: NodeKind }) => start(stack, node)));
program
  .command("destroy")
  .summary("npm run destroy: take a stack out of the sandbox, with its data")
  .description("Takes a stack out of the sandbox, with its data and its passwords.")
  .addOption(stackOption())
  .action(run(({ stack }: { stack: string }) => destroy(stack)));
program
  .command("stop")
  .summary("npm stop: end the sandbox and remove all it wrote")
  .description("Ends every process of the sandbox and removes all that it wrote; the built tools stay.")
  .option("--tools", "remove the built tools, too")
  .action(run(stop));

/** What the user can act on as one message; a fault of this program with its stack trace. */
function describeError(error: NodeJS.ErrnoException): string {
  if (error instanceof UserError) {
    return error.message;
  }
  // The operating system's: no space left on device, permission denied, connection refused…
  return error.code === undefined ? String(error.stack) : error.message;
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // npm passes Ctrl-C on to a process that the terminal has sent it to already: the second one changes nothing.
  process.on(signal, () => {
    if (!interrupt.signal.aborted) {
      console.error("\nInterrupted: ending what is under way. Run the command again to go on, or `npm stop`.");
      interrupt.abort();
    }
  });
}
program.parseAsync().then(
  () => process.exit(interrupt.signal.aborted ? 130 : 0),
  (error: unknown) => {
    if (interrupt.signal.aborted) {
      process.exit(130);
    }
    console.error(`\n${describeError(error as Error)}`);
    process.exit(1);
  },
);
