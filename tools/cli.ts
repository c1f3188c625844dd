import { Command, InvalidArgumentError, Option } from "commander";
import { nodeKinds } from "../sandbox/node/nodeKind";
import { describeError } from "./lib/userError";
import { stackNames } from "./lib/stackFiles";

/** Exit code of a command that fails. `diff` and `drift` exit with 1 when they find a difference. */
const failure = ["render", "diff", "drift"].includes(process.argv[2]) ? 2 : 1;

const stacks = `one of ${stackNames().join(", ")}`;
const stackOption = () => new Option("-s, --stack <name>", stacks).default("dev");

/** An action whose modules are loaded only when it runs: loading all of them takes longer than most commands. */
function lazily<Args extends unknown[]>(load: () => Promise<(...args: Args) => Promise<void>>) {
  return async (...args: Args): Promise<void> => (await load())(...args);
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError("It must be a whole number, 1 or more.");
  }
  return number;
}

const program = new Command("<command>")
  .description("The commands of this project.")
  .usage("[options]")
  .configureHelp({ commandUsage: (command) => `npm run ${command.name()} -- ${command.usage()}` })
  .showHelpAfterError("(use --help to see what is accepted)")
  .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : failure));

program
  .command("start")
  .summary("start the sandbox and deploy a stack to it")
  .description(
    "Builds the sandbox's tools if they are missing, starts the sandbox if it is not running, and deploys a stack to " +
      "it, with the Pulumi CLI if that is on PATH. It never touches another cluster, whatever KUBECONFIG says.",
  )
  .addOption(stackOption())
  .addOption(
    new Option(
      "-n, --node <kind>",
      "real: runs containers; kwok: only reports pods as ready (default: real where it can run)",
    ).choices(nodeKinds),
  )
  .action(lazily(async () => (await import("../sandbox/commands")).start));

program
  .command("destroy")
  .summary("remove a stack from the sandbox, with its data")
  .description("Removes a stack from the sandbox, with its data and its passwords.")
  .addOption(stackOption())
  .action(lazily(async () => (await import("../sandbox/commands")).destroy));

program
  .command("stop")
  .summary("stop the sandbox and remove everything it wrote")
  .description("Stops every process of the sandbox and removes everything it wrote. The tools it built stay.")
  .option("--tools", "remove the tools, too")
  .action(lazily(async () => (await import("../sandbox/commands")).stop));

program
  .command("render")
  .summary("print every manifest of a stack")
  .description(
    "Prints every manifest that a stack deploys, from releases and plain resources, with secrets masked. Needs Helm, but no cluster.",
  )
  .argument("<stack>", stacks)
  .option("--values", "print the values of each release instead, as `helm install --values` reads them")
  .option("--release <name>", "print only this release")
  .action(lazily(async () => (await import("./manifests/commands")).render));

program
  .command("diff")
  .summary("print what a change does to the manifests of a stack")
  .description(
    "Compares a stack's manifests with those at a git ref. With `deployed`, it compares its releases with what Helm " +
      "deployed last. With a second stack, it shows what promoting to it would change. " +
      "Exit code 0: no difference, 1: differences, 2: an error.",
  )
  .argument("<stack>", stacks)
  .argument("[other]", "a git ref, `deployed`, or a stack", "HEAD")
  .option("--sandbox", "with `deployed`: look at the sandbox that `npm start` started")
  .option("--markdown", "print a comment for a pull request")
  .action(lazily(async () => (await import("./manifests/commands")).diff));

program
  .command("drift")
  .summary("print how the cluster differs from the manifests of a stack")
  .description(
    "Compares the cluster with the manifests of a stack by a server-side dry run, as `kubectl diff` does. It changes " +
      "nothing. It finds what `pulumi refresh` cannot see: objects of a release that were edited or deleted by hand. " +
      "The cluster is the one in kubernetes:context or KUBECONFIG. Exit code 0: no drift, 1: drift, 2: an error.",
  )
  .argument("<stack>", stacks)
  .option("--sandbox", "look at the sandbox that `npm start` started")
  .option("--dirty", "accept uncommitted changes, which then show as drift")
  .action(lazily(async () => (await import("./manifests/commands")).drift));

program
  .command("package")
  .summary("package the chart")
  .description(
    "Packages the chart into dist/. Packages of the same chart are byte-identical. SOURCE_DATE_EPOCH sets the time of the " +
      "files in it.",
  )
  .option("--destination <folder>", "where to write the package instead")
  .option("--sign", "write a provenance file, too, and verify it")
  .option("--key <name>", "part of the user id of the signing key")
  .option("--keyring <file>", "secret keys, as gpg --export-secret-keys writes them")
  .option("--passphrase-file <file>", "file of mode 0600 whose first line is the key's passphrase, if it has one")
  .action(lazily(async () => (await import("./packaging/commands")).makePackage));

program
  .command("index")
  .summary("write the index of a chart repository")
  .description("Writes dist/index.yaml. Any web server can then serve dist/ as a chart repository.")
  .option("--url <url>", "where dist/ will be served; by default, Helm looks for the packages next to the index")
  .option("--merge <file>", "existing index to merge")
  .action(lazily(async () => (await import("./packaging/commands")).index));

program
  .command("push")
  .summary("push the package to an OCI registry")
  .description("Pushes the package of the chart's current version from dist/, and its provenance file if there is one.")
  .argument("<registry>", "such as oci://registry.example.com/charts")
  .option("--plain-http", "use HTTP, not HTTPS")
  .action(lazily(async () => (await import("./packaging/commands")).push));

program
  .command("bench")
  .summary("measure how long things take")
  .description(
    "Measures whole processes in turn and prints their medians. A run of all rows, the default, records them in " +
      "recorded.json and README.md of tools/bench.",
  )
  .option("--only <rows>", "some rows of tools/bench/README.md, separated by commas")
  .option("--runs <count>", "how often to run each", wholeNumber, 5)
  .option("--record", "record the results of --only, too")
  .action(lazily(async () => (await import("./bench/bench")).bench));

program.parseAsync().then(
  // The Pulumi SDK keeps the process alive.
  () => process.exit(),
  (error: unknown) => {
    console.error(describeError(error as Error));
    process.exit(failure);
  },
);
