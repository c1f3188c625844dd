import * as fs from "fs";
import * as os from "os";
import { execa } from "execa";
import { findOnPath } from "../../tools/lib/binaries";

/** The oldest kernel that supports the nftables rules of kube-proxy. */
const oldestKernel = [5, 13];
const programs = ["apt-get", "chroot", "dpkg-deb", "find", "ip", "mount", "nsenter", "openssl", "tar", "unshare"];
/** The control group controllers that the kubelet needs. */
const controllers = ["cpu", "cpuset", "memory", "pids"];

/** The properties of a system that a real node depends on. */
interface System {
  platform: NodeJS.Platform;
  /** Version of the kernel. */
  release: string;
  /** Id of the user; undefined on systems that have none. */
  uid: number | undefined;
}

/**
 * Checks whether a real node can run on a system, by default on this one.
 *
 * @returns What to do first, such as `run it as root`; empty if a real node can run.
 */
export async function missingForRealNode(system: Partial<System> = {}): Promise<string[]> {
  const { platform = process.platform, release = os.release(), uid = process.getuid?.() } = system;
  if (platform !== "linux") {
    return [`use Linux, not ${platform}`];
  }
  if (uid !== 0) {
    return ["run it as root"];
  }
  const [major, minor] = release.split(".").map(Number);
  const isOld = major < oldestKernel[0] || (major === oldestKernel[0] && minor < oldestKernel[1]);
  const absent = programs.filter((name) => !findOnPath(name));
  const missing = [
    ...(isOld ? [`use a kernel of version ${oldestKernel.join(".")} or newer, not ${release}`] : []),
    ...(absent.length > 0 ? [`install ${absent.join(", ")}`] : []),
    ...missingControllers(),
  ];
  return missing.length > 0 ? missing : missingNamespaces();
}

function missingControllers(): string[] {
  const read = (file: string) => (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "");
  const enabledInVersion1 = read("/proc/cgroups")
    .split("\n")
    .map((line) => line.split("\t"))
    .filter((fields) => fields[3] === "1")
    .map(([name]) => name);
  // Newer kernels list the controllers of version 2 only here.
  const enabledInVersion2 = read("/sys/fs/cgroup/cgroup.controllers").trim().split(" ");
  const missing = controllers.filter((name) => ![...enabledInVersion1, ...enabledInVersion2].includes(name));
  return missing.length > 0 ? [`enable the control group controllers ${missing.join(", ")}`] : [];
}

/** In a container, root may lack the right to create namespaces. */
async function missingNamespaces(): Promise<string[]> {
  const { exitCode } = await execa({
    reject: false,
  })`unshare --net --mount --pid --fork --mount-proc ip link add veth0 type veth peer name veth1`;
  return exitCode === 0 ? [] : ["allow root to create network, mount and process namespaces with veth interfaces"];
}
