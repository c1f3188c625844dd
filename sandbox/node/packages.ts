import * as fs from "fs";
import * as path from "path";
import { execa, ExecaError } from "execa";
import { toolsFolder } from "../../tools/lib/paths";
import { UserError } from "../../tools/lib/userError";
import { digestOf } from "./digest";

/** All that the real node is made of and that is kept when the sandbox stops. */
export const nodeToolsFolder = path.join(toolsFolder, "node");
/** The container runtime: `bin` and `cni` are its programs, `lib` the libraries that these need beside the system's. */
export const runtimeFolder = path.join(nodeToolsFolder, "runtime");

const aptFolder = path.join(nodeToolsFolder, "apt");
const debsFolder = path.join(nodeToolsFolder, "debs");

/** What is taken from the system's package archive, with what it depends on. */
const packageSets = {
  runtime: ["containerd", "runc", "containernetworking-plugins", "nftables"],
  base: ["busybox"],
  // The packages of the example are compiled against the C++ library.
  python: ["python3", "python3-pip-whl", "libstdc++6"],
  postgresql: ["postgresql"],
  redis: ["redis-server"],
} as const;

/** Name of a set of packages. */
export type PackageSet = keyof typeof packageSets;

/** What only the installation of packages needs, what only compiles queries, and what only adds languages. */
const unneeded =
  /^(adduser|dbus|debconf|dpkg|init-system-helpers|iptables|libc-bin|libc-l10n|libgdbm.*|libip[46]tc.*|libllvm.*|libnetfilter.*|libnfnetlink.*|libpam-modules.*|libperl.*|lib.*-perl|libsemanage.*|libsepol.*|libz3-.*|locales|lsb-base|netbase|openssl|passwd|perl.*|postgresql-client-common|postgresql-common|postgresql-common-dev|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge)$/;
/** What a program that runs on this system takes from it. */
const systemLibraries = /^(gcc-.*-base|libc6|libgcc-s1)$/;

/**
 * Downloads the packages of every set that are missing, from the sources that the system knows, and unpacks the container
 * runtime. Nothing is installed, and the system's own list of packages is not touched.
 *
 * @throws {UserError} If a package cannot be had.
 */
export async function setUpPackages(interrupt: AbortSignal): Promise<void> {
  const sets = Object.keys(packageSets) as PackageSet[];
  if (!sets.every(isComplete)) {
    fs.mkdirSync(debsFolder, { recursive: true });
    await apt(["update"], interrupt);
    for (const set of sets) {
      await download(set, interrupt);
    }
  }
  if (!fs.existsSync(runtimeFolder)) {
    await unpackRuntime(interrupt);
  }
}

/** Files of the packages of a set, those that it depends on included. */
export function packageFiles(set: PackageSet): string[] {
  const names = JSON.parse(fs.readFileSync(listFile(set), "utf8")) as string[];
  return names.map((name) => path.join(debsFolder, name));
}

/** Name of a package, of its file's name `name_version_architecture.deb`. */
export function packageName(file: string): string {
  return path.basename(file).split("_")[0];
}

/** Unpacks packages, without their documentation. */
export async function unpack(files: string[], folder: string, interrupt: AbortSignal): Promise<void> {
  fs.mkdirSync(folder, { recursive: true });
  for (const file of files) {
    await execa("dpkg-deb", ["--extract", file, folder], { cancelSignal: interrupt });
  }
  for (const documentation of ["doc", "info", "lintian", "locale", "man"]) {
    fs.rmSync(path.join(folder, "usr/share", documentation), { recursive: true, force: true });
  }
}

function isComplete(set: PackageSet): boolean {
  return fs.existsSync(listFile(set)) && packageFiles(set).every((file) => fs.existsSync(file));
}

/** Named after what is wanted, so that another list is never taken for it. */
function listFile(set: PackageSet): string {
  return path.join(nodeToolsFolder, `${set}-${digestOf(packageSets[set].join()).slice(0, 8)}.packages.json`);
}

/** The list is written last, so that a set that was interrupted is begun again. */
async function download(set: PackageSet, interrupt: AbortSignal): Promise<void> {
  const wanted = ["--print-uris", "-qq", "--no-install-recommends", "install", ...packageSets[set]];
  const lines = (await apt(wanted, interrupt)).split("\n").filter((line) => line.startsWith("'"));
  const found = lines.map((line) => line.split(" ")[1]).filter((file) => !unneeded.test(packageName(file)));
  const missing = found.filter((file) => !fs.existsSync(path.join(debsFolder, file)));
  if (missing.length > 0) {
    const folder = fs.mkdtempSync(path.join(nodeToolsFolder, "download-"));
    try {
      await apt(["-qq", "download", ...missing.map(packageName)], interrupt, folder);
      for (const file of missing) {
        fs.renameSync(path.join(folder, file), path.join(debsFolder, file));
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
  fs.writeFileSync(listFile(set), JSON.stringify(found));
}

/** Puts the container runtime's programs and libraries into one folder each. */
async function unpackRuntime(interrupt: AbortSignal): Promise<void> {
  const part = `${runtimeFolder}.part`;
  fs.rmSync(part, { recursive: true, force: true });
  const root = path.join(part, "root");
  await unpack(
    packageFiles("runtime").filter((file) => !systemLibraries.test(packageName(file))),
    root,
    interrupt,
  );
  const link = (kind: string, isWanted: (file: string) => boolean) => {
    fs.mkdirSync(path.join(part, kind));
    for (const file of fs.readdirSync(root, { recursive: true }) as string[]) {
      const own = path.join(part, kind, path.basename(file));
      // A program may be in two folders.
      if (isWanted(file) && fs.existsSync(path.join(root, file)) && !fs.existsSync(own)) {
        fs.symlinkSync(path.join("../root", file), own);
      }
    }
  };
  link("bin", (file) => /^usr\/s?bin\//.test(file));
  link("cni", (file) => file.startsWith("usr/lib/cni/"));
  link("lib", (file) => /\.so\.\d+$/.test(file));
  fs.renameSync(part, runtimeFolder);
}

/** Runs apt-get with lists and caches of its own, as if no package were installed. */
async function apt(args: string[], interrupt: AbortSignal, cwd = nodeToolsFolder): Promise<string> {
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    fs.mkdirSync(path.join(aptFolder, folder), { recursive: true });
  }
  const options = {
    "Dir::State": aptFolder,
    "Dir::State::lists": path.join(aptFolder, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": path.join(aptFolder, "cache"),
    "APT::Sandbox::User": "root",
    "Acquire::Retries": "3",
  };
  try {
    const settings = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
    return (await execa("apt-get", [...settings, ...args], { cwd, cancelSignal: interrupt, env: { LC_ALL: "C" } }))
      .stdout;
  } catch (error) {
    if (error instanceof ExecaError && !error.isCanceled) {
      const cause = String(error.stderr)
        .split("\n")
        .find((line) => line.startsWith("E: "));
      throw new UserError(`A package of the node cannot be had: ${cause?.slice(3) ?? error.shortMessage}`);
    }
    throw error;
  }
}
