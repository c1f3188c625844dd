import * as path from "path";
import { Command } from "commander";
import { projectFolder } from "../lib/paths";
import { UserError } from "../lib/userError";
import { indexPackages, packageChart, pushPackage, SigningKey } from "./chartPackage";

interface PackageOptions {
  destination?: string;
  sign?: boolean;
  key?: string;
  keyring?: string;
  passphraseFile?: string;
}

async function makePackage({ destination, ...options }: PackageOptions): Promise<void> {
  const key = signingKey(options);
  const file = await packageChart({ destination, key });
  console.log(`Packaged${key ? ", signed and verified" : ""}: ${shown(file)}${key ? ` and its .prov` : ""}`);
}

function signingKey({ sign, key, keyring, passphraseFile }: PackageOptions): SigningKey | undefined {
  if (!sign) {
    if (key ?? keyring ?? passphraseFile) {
      throw new UserError("--key, --keyring and --passphrase-file are for --sign, which is not given.");
    }
    return undefined;
  }
  if (!key || !keyring) {
    throw new UserError("--sign needs --key NAME and --keyring FILE.");
  }
  return { name: key, keyring, passphraseFile };
}

function shown(file: string): string {
  return path.relative(projectFolder, file);
}

const program = new Command("flask-app-packaging")
  .description("Packages the chart, and brings packages to where Helm installs from.")
  .showHelpAfterError("(--help tells what is accepted)");
program
  .command("package")
  .summary("npm run package: package the chart, the same bytes each time")
  .description(
    "Packages the chart into dist/. The same chart gives the same bytes, whenever and wherever; SOURCE_DATE_EPOCH sets " +
      "the time of the files in it.",
  )
  .option("--destination <folder>", "where the package goes instead")
  .option("--sign", "write a provenance file, too, and verify it")
  .option("--key <name>", "part of the user id of the key that signs")
  .option("--keyring <file>", "secret keys, as gpg --export-secret-keys writes them")
  .option("--passphrase-file <file>", "file of mode 0600 whose first line is the key's passphrase, if it has one")
  .action(makePackage);
program
  .command("index")
  .summary("npm run index: write the index.yaml of a chart repository")
  .description("Writes dist/index.yaml: any web server that serves dist/ is a chart repository then.")
  .option("--url <url>", "where dist/ will be served; without it packages are looked for beside the index")
  .option("--merge <file>", "index whose entries are kept, too")
  .action(async (options: { url?: string; merge?: string }) =>
    console.log(`Indexed: ${shown(await indexPackages(options))}`),
  );
program
  .command("push")
  .summary("npm run push: push the package to an OCI registry")
  .description("Pushes dist/'s package of the chart's present version, and its provenance file if there is one.")
  .argument("<registry>", "such as oci://registry.example.com/charts")
  .option("--plain-http", "talk HTTP to the registry, not HTTPS")
  .action(async (registry: string, options: { plainHttp?: boolean }) =>
    console.log(await pushPackage(registry, options)),
  );

program.parseAsync().catch((error: NodeJS.ErrnoException) => {
  // A fault of the user's or of the operating system's is one message; one of this program has its stack trace.
  console.error(error instanceof UserError || error.code !== undefined ? error.message : error.stack);
  process.exitCode = 1;
});
