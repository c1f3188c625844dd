import { projectFolder } from "../../lib/paths";
import { passwordType, runProgram } from "../../lib/program";
import { readStackFile } from "../../lib/stackFiles";

/** Starts this project's program on Pulumi mocks: its modules are loaded, the config checked, every resource registered. */
async function start(stack: string): Promise<void> {
  await runProgram({ stack, config: readStackFile(stack).config, folder: projectFolder }, (type, name, inputs) =>
    Promise.resolve(type === passwordType ? { ...inputs, result: name } : inputs),
  );
}

void start(process.argv[2]).then(() => process.exit());
