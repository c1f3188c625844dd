import { projectFolder } from "../../lib/paths";
import { createNothing, runProject } from "../../lib/program";
import { readStackFile } from "../../lib/stackFiles";

/** Starts this project's program on Pulumi mocks: loads its modules, checks the config and registers every resource. */
async function start(stack: string): Promise<void> {
  await runProject(projectFolder, { stack, config: readStackFile(stack).config, handle: createNothing });
}

void start(process.argv[2]).then(() => process.exit());
