import * as fs from "fs";
import * as path from "path";
import * as lockfile from "proper-lockfile";
import { projectFolder, stateFolder, toolsFolder } from "../tools/lib/paths";
import { findTool } from "../tools/lib/binaries";
import { readStackFile } from "../tools/lib/stackFiles";
import { UserError } from "../tools/lib/userError";
import { isControlPlaneReady, stopControlPlane } from "./controlPlane";
import { deployWithEngine, destroyWithEngine, hasPulumi } from "./engine";
import { Helm } from "./helm";
import { deployInProcess, destroyInProcess, ResourceEvent } from "./inProcess";
import { closeApp, openApp } from "./node/appUrl";
import { NodeKind, startedNode } from "./node/nodeKind";
import { forSandbox } from "./sandboxStack";
import { setUpSandbox } from "./setUp";
import { checkStateFolder } from "./stateFolder";
import { StackOutputs } from "../tools/lib/program";
import { describeDeployment } from "./summary";

/** `npm start`: starts the sandbox if it is not running, and deploys a stack to it. */
export function start({ stack, node }: { stack: string; node?: NodeKind }): Promise<void> {
  return onSandbox(async (interrupt) => {
    const stackFile = readStackFile(stack);
    const helm = await setUpSandbox(interrupt, node);
    const file = await forSandbox(stackFile, console.log);
    const begun = Date.now();
    let outputs: StackOutputs;
    let changed: boolean;
    if (await usesEngine(stack)) {
      console.log(`Deploying ${stack} to the sandbox with the Pulumi CLI (state in ${relative(stateFolder)})`);
      ({ outputs, changed } = await deployWithEngine(stack, file, (text) => process.stdout.write(text)));
    } else {
      console.log(`Deploying ${stack} to the sandbox in this process: the Pulumi CLI is not on PATH`);
      changed = false;
      const report = (event: ResourceEvent) => {
        changed ||= event.change === "created" || event.change === "updated";
        printEvent(event);
      };
      outputs = await deployInProcess({ stack, file, helm: new Helm(helm, interrupt), report });
    }
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    console.log(`\n${stack} ${changed ? "is deployed" : "is up to date: nothing changed"} (${seconds} s).\n`);
    const url = startedNode() === "real" ? await openApp(outputs) : undefined;
    console.log(await describeDeployment(stack, outputs, helm, url));
  });
}

/** `npm run destroy`: removes a stack from the sandbox, with its data and passwords. */
export function destroy({ stack }: { stack: string }): Promise<void> {
  return onSandbox(async (interrupt) => {
    const stackFile = readStackFile(stack);
    const helm = await findTool("helm");
    if (!helm || !(await isControlPlaneReady())) {
      throw new UserError("The sandbox is not running, so there is nothing to destroy.");
    }
    const file = await forSandbox(stackFile, console.log);
    if (await usesEngine(stack)) {
      await destroyWithEngine(stack, file, (text) => process.stdout.write(text));
    } else {
      await destroyInProcess({ stack, file, helm: new Helm(helm, interrupt), report: printEvent });
    }
    await closeApp(String(file.config["flask-app:namespace"]));
    fs.rmSync(deployerFile(stack), { force: true });
    console.log(`\nRemoved ${stack} from the sandbox.`);
  });
}

/** `npm stop`: stops the sandbox and removes what it wrote; with `tools`, also the tools that it built. */
export function stop({ tools }: { tools?: boolean }): Promise<void> {
  return onSandbox(async () => {
    const existed = await stopControlPlane();
    console.log(
      existed ? `Removed the sandbox and everything in it (${relative(stateFolder)}).` : "No sandbox is running.",
    );
    if (tools) {
      fs.rmSync(toolsFolder, { recursive: true, force: true });
      console.log(`Removed its tools, too (${relative(toolsFolder)}).`);
    }
  });
}

/**
 * Runs a command while no other works on the same sandbox. Ctrl-C interrupts it; then the exit code is 130.
 *
 * @throws {UserError} If another command works on the sandbox, or its folder has other files.
 */
async function onSandbox(command: (interrupt: AbortSignal) => Promise<void>): Promise<void> {
  checkStateFolder();
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // npm passes Ctrl-C on to a process that already got it from the terminal: the second one changes nothing.
    process.on(signal, () => {
      if (!interrupt.signal.aborted) {
        console.error("\nInterrupted: stopping. Run the command again to continue, or `npm stop`.");
        interrupt.abort();
      }
    });
  }
  const unlock = await lockfile.lock(stateFolder, { realpath: false }).catch((error: NodeJS.ErrnoException) => {
    throw error.code === "ELOCKED"
      ? new UserError("Another command is working on this sandbox: wait until it is done.")
      : error;
  });
  try {
    await command(interrupt.signal);
  } catch (error) {
    // Errors of an interrupted command are expected.
    if (!interrupt.signal.aborted) {
      throw error;
    }
  } finally {
    await unlock();
  }
  if (interrupt.signal.aborted) {
    process.exitCode = 130;
  }
}

/** Whether the Pulumi CLI deploys a stack: if it is on PATH, unless the stack was deployed without it before. */
async function usesEngine(stack: string): Promise<boolean> {
  const file = deployerFile(stack);
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, (await hasPulumi()) ? "engine" : "in-process");
  }
  return fs.readFileSync(file, "utf8") === "engine";
}

/** Path of the file that says what deployed a stack. */
function deployerFile(stack: string): string {
  return path.join(stateFolder, `deployed-${stack}`);
}

function printEvent({ resource, change, detail = "" }: ResourceEvent): void {
  console.log(change === "started" ? `  …         ${resource}` : `  ${change.padEnd(9)} ${resource}`);
  for (const line of detail.split("\n").filter(Boolean)) {
    console.log(`              ${line}`);
  }
}

function relative(file: string): string {
  return path.relative(projectFolder, file) || ".";
}
