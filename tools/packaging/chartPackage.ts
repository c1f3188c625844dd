import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa, ExecaError } from "execa";
import * as yaml from "yaml";
import { projectFolder } from "../lib/paths";
import { findTool } from "../lib/binaries";
import { UserError } from "../lib/userError";
import { normalizePackage } from "./normalize";

/** Folder of the app's chart. */
export const appChart = path.join(projectFolder, "chart");
/** Where packages go, and the index of the repository that they make. */
export const distFolder = path.join(projectFolder, "dist");

/** What signs a package. */
export interface SigningKey {
  /** Part of the key's user id; one key of the keyring must match. */
  name: string;
  /** File of secret keys in the format of `gpg --export-secret-keys`. */
  keyring: string;
  /** File whose first line is the key's passphrase, readable by its owner alone; none for a key without a passphrase. */
  passphraseFile?: string;
}

/**
 * Packages a chart, such that the same chart always gives the same bytes, signed or not.
 *
 * @param options.chart Folder of the chart; default: the app's.
 * @param options.destination Folder for the package and its provenance file; made if missing; default: `dist`.
 * @param options.key Signs the package, and the signature is verified before either file is kept.
 * @returns Path of the package; that of the provenance file is the same with `.prov`.
 * @throws {UserError} With what Helm says, and if a file of the key is missing or the passphrase is open to others.
 */
export async function packageChart({
  chart = appChart,
  destination = distFolder,
  key,
}: { chart?: string; destination?: string; key?: SigningKey } = {}): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-package-"));
  try {
    // Nobody sees a package before it is normalized and verified.
    const made = key ? await makeSigned(chart, folder, key) : await makeUnsigned(chart, folder);
    const kept = path.join(destination, path.basename(made));
    fs.mkdirSync(destination, { recursive: true });
    fs.copyFileSync(made, kept);
    if (key) {
      fs.copyFileSync(`${made}.prov`, `${kept}.prov`);
    } else {
      // A signature of other bytes would make Helm refuse the package.
      fs.rmSync(`${kept}.prov`, { force: true });
    }
    return kept;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes `index.yaml`, by which Helm finds the packages of a folder: any web server makes a repository of the two.
 *
 * @param options.url Where the folder will be served; without it packages are looked for beside the index.
 * @param options.merge Index whose entries are kept, too.
 * @param options.folder Folder of the packages; default: `dist`.
 * @returns Path of the index.
 * @throws {UserError} If the folder has no package.
 */
export async function indexPackages({
  url,
  merge,
  folder = distFolder,
}: { url?: string; merge?: string; folder?: string } = {}): Promise<string> {
  if (!fs.existsSync(folder) || !fs.readdirSync(folder).some((file) => file.endsWith(".tgz"))) {
    throw new UserError(`${folder} has no package: \`npm run package\` makes one.`);
  }
  await helm(["repo", "index", folder, ...(url ? ["--url", url] : []), ...(merge ? ["--merge", merge] : [])]);
  return path.join(folder, "index.yaml");
}

/**
 * Pushes the package of the chart's present version, and its provenance file if there is one, to an OCI registry.
 *
 * @param registry Such as `oci://registry.example.com/charts`; the chart's name and version are appended by Helm. For a
 *   login, `helm registry login` comes first.
 * @param options.plainHttp Talk HTTP to the registry, not HTTPS.
 * @param options.folder Folder of the package; default: `dist`.
 * @returns What Helm says: reference and digest.
 * @throws {UserError} If the package is missing, or with what the registry says.
 */
export async function pushPackage(
  registry: string,
  { plainHttp = false, folder = distFolder }: { plainHttp?: boolean; folder?: string } = {},
): Promise<string> {
  if (!registry.startsWith("oci://")) {
    throw new UserError(`${registry} is no OCI registry: it must begin with oci://`);
  }
  const file = path.join(folder, packageName());
  if (!fs.existsSync(file)) {
    throw new UserError(`${file} is missing: \`npm run package\` makes it.`);
  }
  // Helm says on stderr where it pushed to.
  return (await helm(["push", file, registry, ...(plainHttp ? ["--plain-http"] : [])])).all.trim();
}

/** File name of the app chart's package. */
export function packageName(): string {
  const { name, version } = yaml.parse(fs.readFileSync(path.join(appChart, "Chart.yaml"), "utf8")) as {
    name: string;
    version: string;
  };
  return `${name}-${version}.tgz`;
}

async function makeUnsigned(chart: string, folder: string): Promise<string> {
  await helm(["package", chart, "--destination", folder]);
  return normalizeIn(folder);
}

/**
 * Has Helm package and sign, and normalizes the package in between. Helm opens the passphrase's file when the package is
 * written and before it reads it to sign, so that file is a pipe, which lets Helm go on only once we have done our part.
 */
async function makeSigned(chart: string, folder: string, key: SigningKey): Promise<string> {
  const keyring = path.resolve(key.keyring);
  const passphrase = readPassphrase(key);
  if (!fs.existsSync(keyring)) {
    throw new UserError(`The keyring ${keyring} does not exist: \`gpg --export-secret-keys --output FILE\` makes one.`);
  }
  const pipe = path.join(folder, "passphrase");
  await execa("mkfifo", ["-m", "600", pipe]);
  const signing = helm([
    ...["package", chart, "--destination", folder],
    ...["--sign", "--key", key.name, "--keyring", keyring, "--passphrase-file", pipe],
  ]);
  const opening = fs.promises.open(pipe, "w");
  const opened = await Promise.race([
    opening,
    signing.then(
      () => undefined,
      () => undefined,
    ),
  ]);
  if (opened) {
    normalizeIn(folder);
    await opened.writeFile(`${passphrase}\n`).finally(() => opened.close());
  } else {
    // Helm has ended without it: a reader of our own ends the wait for one.
    const reader = await fs.promises.open(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    await (await opening).close();
    await reader.close();
  }
  await signing.catch((error: Error) => {
    throw new UserError(explain(error.message, key.name, keyring));
  });
  const file = packageIn(folder);
  await helm(["verify", file, "--keyring", keyring]);
  return file;
}

/** What Helm's message on a signature means for the one who asked for it. */
function explain(message: string, name: string, keyring: string): string {
  const meanings: [part: string, meaning: string][] = [
    ["private key not found", `The keyring ${keyring} has no secret key whose user id holds ${JSON.stringify(name)}.`],
    ["private key checksum failure", "The key's passphrase is another one, or --passphrase-file is missing."],
    ["openpgp: invalid data", `${keyring} is no keyring: \`gpg --export-secret-keys --output FILE\` makes one.`],
  ];
  const meaning = meanings.find(([part]) => message.includes(part))?.[1];
  return meaning ? `${meaning} (${message})` : message;
}

function readPassphrase({ passphraseFile }: SigningKey): string {
  if (!passphraseFile) {
    return "";
  }
  const stat = fs.statSync(passphraseFile, { throwIfNoEntry: false });
  if (!stat?.isFile()) {
    throw new UserError(`The passphrase file ${passphraseFile} does not exist.`);
  }
  if ((stat.mode & 0o077) !== 0) {
    throw new UserError(`Others may read the passphrase file ${passphraseFile}: \`chmod 600\` it first.`);
  }
  return fs.readFileSync(passphraseFile, "utf8").split("\n")[0];
}

function normalizeIn(folder: string): string {
  const file = packageIn(folder);
  fs.writeFileSync(file, normalizePackage(fs.readFileSync(file), packageTime()));
  return file;
}

/** The one package in a folder: Helm names it after the chart's name and version. */
function packageIn(folder: string): string {
  return path.join(
    folder,
    fs.readdirSync(folder).find((file) => file.endsWith(".tgz"))!,
  );
}

/**
 * The time of every file in a package: SOURCE_DATE_EPOCH, or the start of 1980. No commit's date: a copy without Git's
 * history, and a shallow clone, would give other bytes.
 */
function packageTime(): number {
  const time = process.env.SOURCE_DATE_EPOCH ?? "315532800";
  if (!/^\d{1,10}$/.test(time)) {
    throw new UserError(
      `SOURCE_DATE_EPOCH is ${JSON.stringify(time)}: it must be seconds since 1970, such as 315532800.`,
    );
  }
  return Number(time);
}

async function helm(args: string[]): Promise<{ all: string }> {
  const binary = await findTool("helm");
  if (!binary) {
    throw new UserError("Helm of the version in sandbox/go/go.mod is not on PATH: `npm start` builds it.");
  }
  try {
    return await execa(binary, args, { stdin: "ignore", all: true });
  } catch (error) {
    if (error instanceof ExecaError) {
      throw new UserError(`helm ${args[0]}: ${String(error.stderr).trim() || error.shortMessage}`);
    }
    throw error;
  }
}
