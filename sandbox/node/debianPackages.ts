import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { rethrowCommandError } from "../commandError";
import { nodeToolsFolder } from "./nodeTools";

/** The unpacked container runtime, with the libraries that the system may not have. */
export const runtimeFolder = path.join(nodeToolsFolder, "container-runtime");

const aptFolder = path.join(nodeToolsFolder, "apt");
const debsFolder = path.join(nodeToolsFolder, "debs");

/** The packages that are downloaded, each with its dependencies: for the container runtime, and for the images. */
const packageSets = {
  runtime: ["containerd", "runc", "containernetworking-plugins", "nftables"],
  images: [
    // The wheels of the example need the C++ library.
    ...["busybox", "python3", "python3-pip-whl", "libstdc++6"],
    // What the official image of PostgreSQL has, too.
    ...["postgresql", "bash", "libc-bin", "locales", "libnss-wrapper", "gpg", "gpg-agent"],
    // Redis starts by scripts for bash.
    "redis-server",
  ],
};

/** Name of a set of packages. */
type PackageSet = keyof typeof packageSets;

/** Lists the files of each set. Its name has a digest of the sets, so they are downloaded again after an edit. */
const listFile = path.join(
  nodeToolsFolder,
  `packages-${crypto.hash("sha256", JSON.stringify(packageSets)).slice(0, 8)}.json`,
);

/**
 * Dependencies that are left out: those that only installing needs, the JIT compiler of PostgreSQL, languages, and the
 * dialogs of GnuPG.
 */
const unneeded =
  /^(adduser|base-files|dbus|debconf|debianutils|dpkg|init-system-helpers|iptables|libc-l10n|libgdbm.*|libip[46]tc.*|libllvm.*|libnetfilter.*|libnfnetlink.*|libpam-modules.*|libperl.*|lib.*-perl|libsemanage.*|libsepol.*|libz3-.*|lsb-base|netbase|openssl|passwd|perl.*|pinentry-.*|postgresql-client-common|postgresql-common|postgresql-common-dev|sensible-utils|ssl-cert|sysvinit-utils|tar|ucf|usrmerge)$/;
/** Libraries that the container runtime uses from the system that it runs on. */
const systemLibraries = /^(gcc-.*-base|libc6|libgcc-s1)$/;

/**
 * Downloads the packages that are missing, from the system's own package sources, and unpacks the container runtime.
 * Nothing is installed, and the system's package lists stay as they are.
 *
 * @throws {UserError} If a package cannot be downloaded.
 */
export async function setUpPackages(interrupt: AbortSignal): Promise<void> {
  if (!fs.existsSync(listFile)) {
    await aptGet(["update"], interrupt);
    const sets = {
      runtime: await filesToInstall("runtime", interrupt),
      images: await filesToInstall("images", interrupt),
    };
    fs.mkdirSync(debsFolder, { recursive: true });
    const names = new Set([...sets.runtime, ...sets.images].map(packageName));
    await aptGet(["-qq", "download", ...names], interrupt, debsFolder);
    // Written last, so an interrupted download starts again.
    fs.writeFileSync(listFile, JSON.stringify(sets));
  }
  if (!fs.existsSync(runtimeFolder)) {
    // What a process that was killed left there may be from other versions of the packages.
    const part = `${runtimeFolder}.part`;
    fs.rmSync(part, { recursive: true, force: true });
    const debs = packageFiles("runtime").filter((file) => !systemLibraries.test(packageName(file)));
    await unpackPackages(debs, part, interrupt);
    fs.renameSync(part, runtimeFolder);
  }
}

/** Files of the packages in a set and of their dependencies. */
export function packageFiles(set: PackageSet): string[] {
  const sets = JSON.parse(fs.readFileSync(listFile, "utf8")) as Record<PackageSet, string[]>;
  return sets[set].map((name) => path.join(debsFolder, name));
}

/** The folders below a root folder that hold its libraries. */
export function libraryFolders(root: string): string[] {
  return ["lib", "usr/lib"]
    .map((name) => path.join(root, name))
    .filter((folder) => fs.existsSync(folder))
    .flatMap((folder) => {
      const names = fs.readdirSync(folder).filter((name) => name.endsWith("-linux-gnu"));
      return [folder, ...names.map((name) => path.join(folder, name))];
    });
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

/** Names of the files that installing a set would need. */
async function filesToInstall(set: PackageSet, interrupt: AbortSignal): Promise<string[]> {
  const install = ["--print-uris", "-qq", "--no-install-recommends", "install", ...packageSets[set]];
  const lines = (await aptGet(install, interrupt)).split("\n").filter((line) => line.startsWith("'"));
  return lines.map((line) => line.split(" ")[1]).filter((file) => !unneeded.test(packageName(file)));
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
