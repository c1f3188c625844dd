import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { rethrowCommandError } from "../commandError";
import { nodeToolsFolder } from "./nodeTools";

/** The container runtime: `bin` and `cni` hold its programs, `lib` the libraries that the system may not have. */
export const runtimeFolder = path.join(nodeToolsFolder, "runtime");

const aptFolder = path.join(nodeToolsFolder, "apt");
const debsFolder = path.join(nodeToolsFolder, "debs");

/** The packages that are downloaded, each with its dependencies: for the container runtime, and for the images. */
const packageSets = {
  runtime: ["containerd", "runc", "containernetworking-plugins", "nftables"],
  base: ["busybox"],
  // The wheels of the example need the C++ library.
  python: ["python3", "python3-pip-whl", "libstdc++6"],
  postgresql: ["postgresql"],
  redis: ["redis-server"],
} as const;

/** Name of a set of packages. */
export type PackageSet = keyof typeof packageSets;

/** Dependencies that are left out: those that only installing needs, the JIT compiler of PostgreSQL, and languages. */
const unneeded =
  /^(adduser|dbus|debconf|dpkg|init-system-helpers|iptables|libc-bin|libc-l10n|libgdbm.*|libip[46]tc.*|libllvm.*|libnetfilter.*|libnfnetlink.*|libpam-modules.*|libperl.*|lib.*-perl|libsemanage.*|libsepol.*|libz3-.*|locales|lsb-base|netbase|openssl|passwd|perl.*|postgresql-client-common|postgresql-common|postgresql-common-dev|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge)$/;
/** Libraries that the container runtime uses from the system that it runs on. */
const systemLibraries = /^(gcc-.*-base|libc6|libgcc-s1)$/;

/**
 * Downloads the packages that are missing, from the system's own package sources, and unpacks the container runtime.
 * Nothing is installed, and the system's package lists stay as they are.
 *
 * @throws {UserError} If a package cannot be downloaded.
 */
export async function setUpPackages(interrupt: AbortSignal): Promise<void> {
  const sets = Object.keys(packageSets) as PackageSet[];
  if (!sets.every(isComplete)) {
    fs.mkdirSync(debsFolder, { recursive: true });
    await aptGet(["update"], interrupt);
    for (const set of sets) {
      await download(set, interrupt);
    }
  }
  if (!fs.existsSync(runtimeFolder)) {
    await unpackRuntime(interrupt);
  }
}

/** Files of the packages in a set and of their dependencies. */
export function packageFiles(set: PackageSet): string[] {
  const names = JSON.parse(fs.readFileSync(listFile(set), "utf8")) as string[];
  return names.map((name) => path.join(debsFolder, name));
}

/** Name of the package in a file, which is called `name_version_architecture.deb`. */
export function packageName(file: string): string {
  return path.basename(file).split("_")[0];
}

/** Unpacks packages into a folder, without their documentation. */
export async function unpackPackages(files: string[], folder: string, interrupt: AbortSignal): Promise<void> {
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

/** The list of a set's files. Its name has a digest of the set, so a set that was edited is downloaded again. */
function listFile(set: PackageSet): string {
  const digest = crypto.hash("sha256", packageSets[set].join()).slice(0, 8);
  return path.join(nodeToolsFolder, `${set}-${digest}.packages.json`);
}

/** Downloads a set. The list of its files is written last, so an interrupted download starts again. */
async function download(set: PackageSet, interrupt: AbortSignal): Promise<void> {
  const install = ["--print-uris", "-qq", "--no-install-recommends", "install", ...packageSets[set]];
  const lines = (await aptGet(install, interrupt)).split("\n").filter((line) => line.startsWith("'"));
  const files = lines.map((line) => line.split(" ")[1]).filter((file) => !unneeded.test(packageName(file)));
  const missing = files.filter((file) => !fs.existsSync(path.join(debsFolder, file)));
  if (missing.length > 0) {
    const folder = fs.mkdtempSync(path.join(nodeToolsFolder, "download-"));
    try {
      await aptGet(["-qq", "download", ...missing.map(packageName)], interrupt, folder);
      for (const file of missing) {
        fs.renameSync(path.join(folder, file), path.join(debsFolder, file));
      }
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
  fs.writeFileSync(listFile(set), JSON.stringify(files));
}

/** Unpacks the container runtime, and links its programs and libraries into one folder each. */
async function unpackRuntime(interrupt: AbortSignal): Promise<void> {
  const part = `${runtimeFolder}.part`;
  fs.rmSync(part, { recursive: true, force: true });
  const root = path.join(part, "root");
  const debs = packageFiles("runtime").filter((file) => !systemLibraries.test(packageName(file)));
  await unpackPackages(debs, root, interrupt);
  const link = (folder: string, isWanted: (file: string) => boolean) => {
    fs.mkdirSync(path.join(part, folder));
    for (const file of fs.readdirSync(root, { recursive: true }) as string[]) {
      const target = path.join(part, folder, path.basename(file));
      // The same program may be in two folders.
      if (isWanted(file) && fs.existsSync(path.join(root, file)) && !fs.existsSync(target)) {
        fs.symlinkSync(path.join("../root", file), target);
      }
    }
  };
  link("bin", (file) => /^usr\/s?bin\//.test(file));
  link("cni", (file) => file.startsWith("usr/lib/cni/"));
  link("lib", (file) => /\.so\.\d+$/.test(file));
  fs.renameSync(part, runtimeFolder);
}

/** Runs apt-get with lists and caches of its own, as if no package were installed. */
async function aptGet(args: string[], interrupt: AbortSignal, cwd = nodeToolsFolder): Promise<string> {
  for (const folder of ["lists/partial", "cache/archives/partial"]) {
    fs.mkdirSync(path.join(aptFolder, folder), { recursive: true });
  }
  const settings = Object.entries({
    "Dir::State": aptFolder,
    "Dir::State::lists": path.join(aptFolder, "lists"),
    "Dir::State::status": "/dev/null",
    "Dir::Cache": path.join(aptFolder, "cache"),
    "APT::Sandbox::User": "root",
    "Acquire::Retries": "3",
  }).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const options = { cwd, cancelSignal: interrupt, env: { LC_ALL: "C" } };
  const command = execa("apt-get", [...settings, ...args], options).catch((error: unknown) =>
    rethrowCommandError(error, (lines, summary) => {
      const cause = lines.find((line) => line.startsWith("E: "))?.slice("E: ".length);
      return `A package for the real node cannot be downloaded: ${cause ?? summary}`;
    }),
  );
  return (await command).stdout;
}
