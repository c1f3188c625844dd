import * as fs from "fs";
import * as os from "os";
import { execa } from "execa";
import { findOnPath } from "../../tools/lib/binaries";

/** The oldest kernel on which kube-proxy's nftables rules work. */
const oldestKernel = [5, 13];
const programs = ["apt-get", "chroot", "dpkg-deb", "ip", "mount", "nsenter", "tar", "unshare"];
/** Every controller that the kubelet must have. */
const controllers = ["cpu", "cpuset", "memory", "pids"];

/** What a real node asks of the system. */
interface System {
  platform: NodeJS.Platform;
  /** Version of the kernel. */
  release: string;
  /** Number of the user; undefined where users have none. */
  uid: number | undefined;
}

/** What keeps a real node from running on a system, by default this one: clauses that say what to do; none if one can run. */
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
  const found = [
    ...(isOld ? [`use a kernel of version ${oldestKernel.join(".")} or newer, not ${release}`] : []),
    ...(absent.length > 0 ? [`install ${absent.join(", ")}`] : []),
    ...missingControllers(),
  ];
  return found.length > 0 ? found : refusedNamespaces();
}

function missingControllers(): string[] {
  const file = "/proc/cgroups";
  const enabled = (fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "")
    .split("\n")
    .map((line) => line.split("\t"))
    .filter((fields) => fields[3] === "1")
    .map(([name]) => name);
  const absent = controllers.filter((name) => !enabled.includes(name));
  // Newer kernels list those of version 2 in its root alone.
  const unified = "/sys/fs/cgroup/cgroup.controllers";
  const listed = fs.existsSync(unified) ? fs.readFileSync(unified, "utf8").trim().split(" ") : [];
  const missing = absent.filter((name) => !listed.includes(name));
  return missing.length > 0 ? [`enable the control group controllers ${missing.join(", ")}`] : [];
}

/** Root of a container may lack the right to make namespaces. */
async function refusedNamespaces(): Promise<string[]> {
  const { exitCode } = await execa(
    "unshare",
    [
      "--net",
      "--mount",
      "--pid",
      "--fork",
      "--mount-proc",
      "ip",
      "link",
      "add",
      "veth0",
      "type",
      "veth",
      "peer",
      "name",
      "veth1",
    ],
    { reject: false },
  );
  return exitCode === 0 ? [] : ["allow root to make network, mount and process namespaces with veth interfaces"];
}
