import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { projectFolder, toolsFolder, toolsModule } from "./paths";

/** A program that a Go module in sandbox/go pins. */
export interface PinnedTool {
  /** Its main package. */
  package: string;
  /** The module whose version in go.mod is the version of the tool. */
  module: string;
  /** Folder below sandbox/go of the Go module that pins it, if it is not sandbox/go itself. */
  goModule?: string;
  /** Arguments with which it prints its version. */
  version: string[];
}

const kubernetes = (component: string): PinnedTool => ({
  package: `k8s.io/kubernetes/cmd/${component}`,
  module: "k8s.io/kubernetes",
  version: ["--version"],
});

const tools = {
  etcd: { package: "go.etcd.io/etcd/server/v3", module: "go.etcd.io/etcd/server/v3", version: ["--version"] },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  "kube-scheduler": kubernetes("kube-scheduler"),
  kubelet: kubernetes("kubelet"),
  "kube-proxy": kubernetes("kube-proxy"),
  // In a Go module of its own, because it conflicts with Kubernetes on the versions of shared dependencies.
  coredns: {
    package: "flask-app/sandbox/go/coredns",
    module: "github.com/coredns/coredns",
    goModule: "coredns",
    version: ["-version"],
  },
  kwok: { package: "sigs.k8s.io/kwok/cmd/kwok", module: "sigs.k8s.io/kwok", version: ["--version"] },
  // The S3 server of the tests, and the client that uploads backups. Its own module depends on every cloud's client.
  rclone: {
    package: "flask-app/sandbox/go/rclone",
    module: "github.com/rclone/rclone",
    goModule: "rclone",
    version: ["--version"],
  },
  helm: { package: "helm.sh/helm/v3/cmd/helm", module: "helm.sh/helm/v3", version: ["version", "--short"] },
} satisfies Record<string, PinnedTool>;

/** Name of a pinned tool and of its binary. */
export type ToolName = keyof typeof tools;

/** Every pinned tool by its name. */
export const pinnedTools: Record<ToolName, PinnedTool> = tools;

/**
 * Version of a Go module as sandbox/go/go.mod pins it, such as `v1.37.2`.
 *
 * @param goModule Folder below sandbox/go of another go.mod to read.
 * @throws {Error} If that go.mod does not require the module.
 */
export function pinnedVersion(module: string, goModule = ""): string {
  const goMod = fs.readFileSync(path.join(toolsModule, goModule, "go.mod"), "utf8");
  const version = new RegExp(`^(?:require |\t)${module} (v\\S+)`, "m").exec(goMod);
  if (!version) {
    throw new Error(`sandbox/go/${path.join(goModule, "go.mod")} does not require ${module}`);
  }
  return version[1];
}

/**
 * Finds the binary of a tool, on PATH or in `.tools`.
 *
 * @returns Its path; undefined if neither place has the pinned minor version.
 */
export async function findTool(name: ToolName): Promise<string | undefined> {
  const { module, goModule, version } = pinnedTools[name];
  const pinnedMinor = minorVersion(pinnedVersion(module, goModule));
  for (const candidate of [findOnPath(name), path.join(toolsFolder, name)]) {
    if (candidate && fs.existsSync(candidate)) {
      const { stdout } = await execa(candidate, version, { reject: false, stderr: "ignore" });
      if (minorVersion(stdout ?? "") === pinnedMinor) {
        return candidate;
      }
    }
  }
  return undefined;
}

/** Path of a program on PATH; undefined if it is not there. The programs of npm packages do not count. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders
    .filter((folder) => !folder.startsWith(path.join(projectFolder, "node_modules")))
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
}

/** The first minor version in a text: `1.37` of `Kubernetes v1.37.2`. */
function minorVersion(text: string): string | undefined {
  return /\bv?(\d+\.\d+)\.\d+/.exec(text)?.[1];
}
