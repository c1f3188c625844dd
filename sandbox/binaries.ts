import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa, ExecaError } from "execa";
import { NodeKind } from "./node/kind";
import { projectFolder, toolsFolder, toolsModule } from "../tools/lib/paths";
import { UserError } from "../tools/lib/userError";

/** A program that the sandbox runs, as a Go module in sandbox/go pins it. */
interface Tool {
  /** Its main package. */
  package: string;
  /** The module whose version in go.mod is the tool's. */
  module: string;
  /** Folder below sandbox/go of the Go module that pins it, if that is not the one that pins most of them. */
  goModule?: string;
  /** Arguments with which it prints its version. */
  version: string[];
}

const kubernetes = (component: string): Tool => ({
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
  // In a module of its own: it needs other versions of what Kubernetes needs, too.
  coredns: {
    package: "flask-app/sandbox/go/coredns",
    module: "github.com/coredns/coredns",
    goModule: "coredns",
    version: ["-version"],
  },
  kwok: { package: "sigs.k8s.io/kwok/cmd/kwok", module: "sigs.k8s.io/kwok", version: ["--version"] },
  helm: { package: "helm.sh/helm/v3/cmd/helm", module: "helm.sh/helm/v3", version: ["version", "--short"] },
} satisfies Record<string, Tool>;

/** Name of a tool, which is the name of its binary, too. */
export type ToolName = keyof typeof tools;

/** What a sandbox with each kind of node runs. */
const toolNames: Record<NodeKind, ToolName[]> = {
  kwok: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "helm"],
  real: [
    ...(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
    ...(["kubelet", "kube-proxy", "coredns", "helm"] as const),
  ],
};

/** The main packages of the tools of a sandbox with a kind of node, by the folder of the Go module that pins them. */
export function toolPackages(node: NodeKind): Record<string, string[]> {
  const packages: Record<string, string[]> = {};
  for (const name of toolNames[node]) {
    const tool: Tool = tools[name];
    (packages[tool.goModule ?? ""] ??= []).push(tool.package);
  }
  return packages;
}

/** Where each tool's binary is. */
export type ToolPaths = Record<ToolName, string>;

/** Manifests that come with pinned modules: module, files in it, folder under `.tools/manifests`. */
const manifests = [
  {
    module: "sigs.k8s.io/kwok",
    folder: "stages",
    files: /^kustomize\/stage\/(node|pod)\/fast\/(node|pod)-[a-z]+\.yaml$/,
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    folder: "crds",
    files: /^example\/prometheus-operator-crd\/monitoring\.coreos\.com_servicemonitors\.yaml$/,
  },
  {
    module: "github.com/cert-manager/cert-manager",
    folder: "crds",
    files: /^deploy\/crds\/cert-manager\.io_(certificates|issuers|clusterissuers)\.yaml$/,
  },
];

/** Folder of the manifests that the sandbox takes from its pinned modules. */
export const manifestsFolder = path.join(toolsFolder, "manifests");

/** Bytes that building every tool with an empty Go cache takes: modules, build cache and binaries were 5.1 GB, and some to spare. */
const buildBytes = 6 * 2 ** 30;

/**
 * Version of a module as sandbox/go/go.mod pins it, such as `v1.37.2`.
 *
 * @param goModule Folder below sandbox/go whose go.mod is asked instead.
 */
export function pinnedVersion(module: string, goModule = ""): string {
  const goMod = fs.readFileSync(path.join(toolsModule, goModule, "go.mod"), "utf8");
  // One that a module requires alone stands behind the word, several stand in a block.
  const line = goMod.split("\n").find((text) =>
    text
      .trim()
      .replace(/^require /, "")
      .startsWith(`${module} v`),
  );
  const version = /\bv\d\S*/.exec(line?.slice(line.indexOf(module) + module.length) ?? "");
  if (!version) {
    throw new Error(`sandbox/go/${path.join(goModule, "go.mod")} does not require ${module}`);
  }
  return version[0];
}

/**
 * Finds a tool on PATH or among those built before; undefined if neither has the pinned minor version.
 */
export async function findTool(name: ToolName): Promise<string | undefined> {
  const { module, goModule }: Tool = tools[name];
  const wanted = minor(pinnedVersion(module, goModule));
  for (const candidate of [onPath(name), path.join(toolsFolder, name)]) {
    if (candidate && fs.existsSync(candidate)) {
      const { stdout } = await execa(candidate, tools[name].version, { reject: false, stderr: "ignore" });
      const version = /\bv?(\d+\.\d+\.\d+)/.exec(stdout ?? "");
      if (version && minor(version[1]) === wanted) {
        return candidate;
      }
    }
  }
  return undefined;
}

/** Finds every tool of a sandbox with a kind of node; those that are missing are undefined. */
export async function findTools(node: NodeKind = "kwok"): Promise<Partial<ToolPaths>> {
  const names = toolNames[node];
  const found = await Promise.all(names.map(async (name) => [name, await findTool(name)] as const));
  return Object.fromEntries(found.filter(([, file]) => file));
}

/** Names of the tools of a sandbox with a kind of node that are not in `found`. */
export function missingTools(found: Partial<ToolPaths>, node: NodeKind): ToolName[] {
  return toolNames[node].filter((name) => !found[name]);
}

/**
 * Checks that tools can be built here.
 *
 * @throws {UserError} Without a Go toolchain, or with too little disk.
 */
export async function checkCanBuild(missing: readonly string[]): Promise<void> {
  const go = await execa("go", ["env", "GOCACHE"], { reject: false });
  if (go.exitCode !== 0) {
    throw new UserError(
      `The sandbox needs ${missing.join(", ")}, which are built once with Go, but \`go\` is not on PATH: ` +
        "install Go 1.26 or newer (https://go.dev/dl) and run the command again.",
    );
  }
  const cache = nearestExisting(go.stdout.trim());
  const { bavail, bsize } = await fs.promises.statfs(cache);
  if (missing.length > 1 && bavail * bsize < buildBytes) {
    throw new UserError(
      `Building the sandbox's tools takes up to ${buildBytes / 2 ** 30} GiB, but ${cache} has ` +
        `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free: free some, or set GOCACHE and GOMODCACHE to another disk.`,
    );
  }
}

/**
 * Downloads what a tool's binary is compiled of.
 *
 * @param report Called with a line of progress, often.
 * @returns Number of packages that the tool consists of.
 */
export async function downloadTool(
  name: ToolName,
  report: (progress: string) => void,
  interrupt: AbortSignal,
): Promise<number> {
  let modules = 0;
  const list = go(["list", "-deps", tools[name].package], interrupt, name);
  list.stderr.on("data", (data: Buffer) => {
    modules += countLines(data, /^go: downloading/);
    report(`${modules} modules downloaded`);
  });
  const { stdout } = await list.catch(rethrowBuildError);
  return stdout.split("\n").length;
}

/**
 * Compiles a tool into `.tools`.
 *
 * @param packages What {@link downloadTool} returned.
 * @param report Called with a line of progress, often.
 */
export async function buildTool(
  name: ToolName,
  packages: number,
  report: (progress: string) => void,
  interrupt: AbortSignal,
): Promise<void> {
  const [major, minor] = pinnedVersion("k8s.io/kubernetes").slice(1).split(".");
  // Programs that were not built by their own Makefile take themselves for another version, and charts that compare
  // versions fail.
  const variables = {
    "k8s.io/component-base/version.gitVersion": pinnedVersion("k8s.io/kubernetes"),
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "helm.sh/helm/v3/internal/version.version": pinnedVersion("helm.sh/helm/v3"),
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": major,
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": minor,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": major,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": minor,
    "sigs.k8s.io/kwok/pkg/consts.Version": pinnedVersion("sigs.k8s.io/kwok"),
  };
  const ldflags = ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
  let compiled = 0;
  const output = path.join(toolsFolder, name);
  const build = go(
    ["build", "-v", "-trimpath", "-ldflags", ldflags, "-o", output, tools[name].package],
    interrupt,
    name,
  );
  build.stderr.on("data", (data: Buffer) => {
    compiled += countLines(data, /^[^#\s]+$/);
    report(`${compiled} of at most ${packages} packages compiled`);
  });
  await build.catch(rethrowBuildError);
}

/** Whether the manifests of the pinned modules are there. */
export function haveManifests(): boolean {
  return fs.existsSync(path.join(manifestsFolder, manifestsStamp()));
}

/** Copies the manifests that the sandbox needs out of the pinned modules. */
export async function copyManifests(interrupt: AbortSignal): Promise<void> {
  fs.rmSync(manifestsFolder, { recursive: true, force: true });
  for (const { module, folder, files } of manifests) {
    const download = go(["mod", "download", "-json", `${module}@${pinnedVersion(module)}`], interrupt);
    const { stdout } = await download.catch(rethrowBuildError);
    const source = (JSON.parse(stdout) as { Dir: string }).Dir;
    const target = path.join(manifestsFolder, folder);
    fs.mkdirSync(target, { recursive: true });
    for (const file of fs.readdirSync(source, { recursive: true }) as string[]) {
      if (files.test(file.split(path.sep).join("/"))) {
        fs.writeFileSync(path.join(target, path.basename(file)), fs.readFileSync(path.join(source, file)));
      }
    }
  }
  fs.writeFileSync(path.join(manifestsFolder, manifestsStamp()), "");
}

/** Names the versions that the manifests are of, so that others are never taken for them. */
function manifestsStamp(): string {
  return manifests.map(({ module }) => `${path.basename(module)}-${pinnedVersion(module)}`).join("_");
}

function go(args: string[], interrupt: AbortSignal, name?: ToolName) {
  const { goModule = "" }: Partial<Tool> = name ? tools[name] : {};
  return execa("go", args, {
    cwd: path.join(toolsModule, goModule),
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off" },
    cancelSignal: interrupt,
  });
}

function rethrowBuildError(error: unknown): never {
  if (error instanceof ExecaError && !error.isCanceled) {
    const lines = String(error.stderr).trim().split("\n");
    const causes = lines.filter((line) => !/^go: downloading/.test(line) && /[:\s]/.test(line)).slice(-3);
    throw new UserError(`Building the sandbox's tools failed:\n  ${causes.join("\n  ") || error.shortMessage}`);
  }
  throw error;
}

/** Where a program is on PATH; those that npm packages bring do not count. */
export function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== "");
  return folders
    .filter((folder) => !folder.startsWith(path.join(projectFolder, "node_modules")))
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));
}

function minor(version: string): string {
  return version.replace(/^v/, "").split(".").slice(0, 2).join(".");
}

function countLines(data: Buffer, pattern: RegExp): number {
  return data
    .toString()
    .split("\n")
    .filter((line) => pattern.test(line)).length;
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) || folder === os.homedir() ? folder : nearestExisting(path.dirname(folder));
}
