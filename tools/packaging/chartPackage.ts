import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { readYaml } from "../../components/config/yamlFile";
import { runHelm } from "../lib/helm";
import { projectFolder } from "../lib/paths";
import { UserError } from "../lib/userError";
import { normalizePackage } from "./normalize";

/** Folder of the app's chart. */
const appChart = path.join(projectFolder, "chart");
/** Folder for packages and for their index. */
const distFolder = path.join(projectFolder, "dist");

/** What signs a package. */
export interface SigningKey {
  /** Part of the key's user id. Exactly one key of the keyring must match. */
  name: string;
  /** File of secret keys in the format of `gpg --export-secret-keys`. */
  keyring: string;
  /** File whose first line is the key's passphrase, readable only by its owner. A key without a passphrase needs none. */
  passphraseFile?: string;
}

/**
 * Packages a chart. The same chart always gives the same bytes, signed or not.
 *
 * @param options.chart Folder of the chart; default: the app's.
 * @param options.destination Folder for the package and its provenance file, created if missing; default: `dist`.
 * @param options.key Signs the package. The signature is verified before either file is kept.
 * @returns Path of the package. The provenance file has the same path with `.prov`.
 * @throws {UserError} With what Helm prints; also if a file of the key is missing or others may read the passphrase.
 */
export async function packageChart({
  chart = appChart,
  destination = distFolder,
  key,
}: { chart?: string; destination?: string; key?: SigningKey } = {}): Promise<string> {
  // The package is built in a folder of its own: `destination` never has one that is not normalized and verified.
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-package-"));
  try {
    const command = ["package", chart, "--destination", folder];
    if (key) {
      await packageSigned(command, folder, key);
    } else {
      await runHelm(command);
      normalizeIn(folder);
    }
    const built = packageIn(folder);
    const kept = path.join(destination, path.basename(built));
    fs.mkdirSync(destination, { recursive: true });
    fs.copyFileSync(built, kept);
    if (key) {
      fs.copyFileSync(`${built}.prov`, `${kept}.prov`);
    } else {
      // Helm would refuse the package if an old signature of other bytes stayed.
      fs.rmSync(`${kept}.prov`, { force: true });
    }
    return kept;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes `index.yaml`, where Helm finds the packages of a folder. A web server that serves the folder is a repository.
 *
 * @param options.url Where the folder will be served. By default, Helm looks for the packages next to the index.
 * @param options.merge Index whose entries to keep.
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
    throw new UserError(`${folder} has no package: \`npm run package\` writes one.`);
  }
  await runHelm(["repo", "index", folder, ...(url ? ["--url", url] : []), ...(merge ? ["--merge", merge] : [])]);
  return path.join(folder, "index.yaml");
}

/**
 * Pushes the package of the chart's current version, and its provenance file if there is one, to an OCI registry.
 *
 * @param registry Such as `oci://registry.example.com/charts`; Helm appends the chart's name and version. If it needs a
 *   login, run `helm registry login` first.
 * @param options.plainHttp Use HTTP, not HTTPS.
 * @param options.folder Folder of the package; default: `dist`.
 * @returns What Helm prints: reference and digest.
 * @throws {UserError} If the package is missing, or with what the registry answers.
 */
export async function pushPackage(
  registry: string,
  { plainHttp = false, folder = distFolder }: { plainHttp?: boolean; folder?: string } = {},
): Promise<string> {
  if (!registry.startsWith("oci://")) {
    throw new UserError(`${registry} is not an OCI registry: the address must begin with oci://`);
  }
  const { name, version } = readYaml(path.join(appChart, "Chart.yaml")) as { name: string; version: string };
  const file = path.join(folder, `${name}-${version}.tgz`);
  if (!fs.existsSync(file)) {
    throw new UserError(`${file} is missing: run \`npm run package\` first.`);
  }
  // Helm prints to stderr where it pushed to.
  return (await runHelm(["push", file, registry, ...(plainHttp ? ["--plain-http"] : [])])).all.trim();
}

/**
 * Packages, signs and verifies. Helm does the first two in one command, but the package must be normalized in between.
 * Helm opens the passphrase's file after it has written the package, and reads it before it signs. So that file is a pipe,
 * and Helm has to wait at it until the package is normalized.
 */
async function packageSigned(command: string[], folder: string, key: SigningKey): Promise<void> {
  const keyring = path.resolve(key.keyring);
  const passphrase = readPassphrase(key);
  if (!fs.existsSync(keyring)) {
    throw new UserError(
      `The keyring ${keyring} does not exist: \`gpg --export-secret-keys --output FILE\` writes one.`,
    );
  }
  const pipe = path.join(folder, "passphrase");
  await execa("mkfifo", ["-m", "600", pipe]);
  const signing = runHelm([...command, "--sign", "--key", key.name, "--keyring", keyring, "--passphrase-file", pipe]);
  const opening = fs.promises.open(pipe, "w");
  const ended = signing.then(
    () => undefined,
    () => undefined,
  );
  const opened = await Promise.race([opening, ended]);
  if (opened) {
    normalizeIn(folder);
    await opened.writeFile(`${passphrase}\n`).finally(() => opened.close());
  } else {
    // Helm failed before it opened the pipe. Opening only returns when there is a reader, so this is one.
    const reader = await fs.promises.open(pipe, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
    await (await opening).close();
    await reader.close();
  }
  await signing.catch((error: Error) => {
    throw new UserError(explain(error.message, key.name, keyring));
  });
  await runHelm(["verify", packageIn(folder), "--keyring", keyring]);
}

/** What Helm's message about a signature means. */
function explain(message: string, name: string, keyring: string): string {
  const meanings: [part: string, meaning: string][] = [
    ["private key not found", `No secret key in ${keyring} has a user id with ${JSON.stringify(name)} in it.`],
    ["private key checksum failure", "The key's passphrase is wrong, or --passphrase-file is missing."],
    ["openpgp: invalid data", `${keyring} is not a keyring: \`gpg --export-secret-keys --output FILE\` writes one.`],
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
    throw new UserError(`Others may read the passphrase file ${passphraseFile}: run \`chmod 600\` on it first.`);
  }
  return fs.readFileSync(passphraseFile, "utf8").split("\n")[0];
}

function normalizeIn(folder: string): void {
  const file = packageIn(folder);
  fs.writeFileSync(file, normalizePackage(fs.readFileSync(file), packageTime()));
}

/** Path of the one package in a folder: Helm names it after the chart's name and version. */
function packageIn(folder: string): string {
  return path.join(
    folder,
    fs.readdirSync(folder).find((file) => file.endsWith(".tgz"))!,
  );
}

/**
 * The time of every file in a package, in seconds since 1970: SOURCE_DATE_EPOCH, or the start of 1980. A commit's date
 * would give other bytes in a copy without Git's history.
 */
function packageTime(): number {
  const time = process.env.SOURCE_DATE_EPOCH ?? "315532800";
  if (!/^\d{1,10}$/.test(time)) {
    throw new UserError(`SOURCE_DATE_EPOCH is "${time}": it must be seconds since 1970, such as 315532800.`);
  }
  return Number(time);
}
