import * as crypto from "crypto";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { findTool, pinnedTools, pinnedVersion, ToolName } from "../tools/lib/binaries";
import { manifestsFolder, toolsFolder, toolsModule } from "../tools/lib/paths";
import { UserError } from "../tools/lib/userError";
import { rethrowCommandError } from "./commandError";
import { NodeKind } from "./node/nodeKind";

/** Path of each tool's binary. */
export type ToolPaths = Record<ToolName, string>;

/** What a sandbox with each kind of node runs. */
const toolNames: Record<NodeKind, ToolName[]> = {
  kwok: ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "helm"],
  real: [
    ...(["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const),
    ...(["kubelet", "kube-proxy", "coredns", "helm"] as const),
  ],
};

/** Finds the tools of a sandbox with a kind of node. Those that are missing are left out. */
export async function findTools(node: NodeKind): Promise<Partial<ToolPaths>> {
  const found = await Promise.all(toolNames[node].map(async (name) => [name, await findTool(name)] as const));
  return Object.fromEntries(found.filter(([, file]) => file));
}

/** Names of the tools of a sandbox with a kind of node that are missing. */
export async function missingTools(node: NodeKind): Promise<ToolName[]> {
  const found = await findTools(node);
  return toolNames[node].filter((name) => !found[name]);
}

/** Building every tool with an empty Go cache takes 5.1 GB (modules, build cache, binaries); this leaves a margin. */
const buildBytes = 6 * 2 ** 30;

/**
 * Checks that tools can be built on this machine.
 *
 * @throws {UserError} If there is no Go toolchain, or too little disk space.
 */
export async function checkCanBuild(missing: readonly string[]): Promise<void> {
  const { exitCode, stdout } = await execa("go", ["env", "GOCACHE"], { reject: false });
  if (exitCode !== 0) {
    throw new UserError(
      `The sandbox needs ${missing.join(", ")}. It gets them once with Go, but \`go\` is not on PATH: ` +
        "install Go 1.26 or newer (https://go.dev/dl) and run the command again.",
    );
  }
  const cache = stdout.trim();
  fs.mkdirSync(cache, { recursive: true });
  const { bavail, bsize } = await fs.promises.statfs(cache);
  if (missing.length > 1 && bavail * bsize < buildBytes) {
    throw new UserError(
      `Building the sandbox's tools takes up to ${buildBytes / 2 ** 30} GiB, but ${cache} has only ` +
        `${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free: free some, or set GOCACHE and GOMODCACHE to another disk.`,
    );
  }
}

/**
 * Downloads the sources of a tool and compiles them into `.tools`.
 *
 * @param report Called often, with a line of progress.
 */
export async function buildTool(
  name: ToolName,
  report: (progress: string) => void,
  interrupt: AbortSignal,
): Promise<void> {
  const { package: mainPackage, goModule } = pinnedTools[name];
  let modules = 0;
  const list = await go(["list", "-deps", mainPackage], interrupt, goModule, (line) => {
    if (line.startsWith("go: downloading")) {
      modules += 1;
      report(`${modules} modules downloaded`);
    }
  });
  const packages = list.split("\n").length;

  let compiled = 0;
  const output = ["-o", path.join(toolsFolder, name)];
  const build = ["build", "-v", "-trimpath", "-ldflags", linkerFlags(), ...output, mainPackage];
  await go(build, interrupt, goModule, (line) => {
    if (/^[^#\s]+$/.test(line)) {
      compiled += 1;
      report(`${compiled} of at most ${packages} packages compiled`);
    }
  });
}

/** Sets the versions as the projects' own Makefiles do. Without them, charts that compare versions fail. */
function linkerFlags(): string {
  const kubernetes = pinnedVersion("k8s.io/kubernetes");
  const [major, minor] = kubernetes.slice(1).split(".");
  const variables = {
    "k8s.io/component-base/version.gitVersion": kubernetes,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "helm.sh/helm/v3/internal/version.version": pinnedVersion("helm.sh/helm/v3"),
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor": major,
    "helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor": minor,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMajor": major,
    "helm.sh/helm/v3/pkg/lint/rules.k8sVersionMinor": minor,
    "sigs.k8s.io/kwok/pkg/consts.Version": pinnedVersion("sigs.k8s.io/kwok"),
  };
  return ["-s", "-w", ...Object.entries(variables).map(([name, value]) => `-X ${name}=${value}`)].join(" ");
}

/** Manifests in pinned modules: their files there, and the folder below {@link manifestsFolder} they are copied to. */
const manifests = [
  {
    module: "sigs.k8s.io/kwok",
    folder: "stages",
    files: /^kustomize\/stage\/(node|pod)\/fast\/(node|pod)-[a-z]+\.yaml$/,
  },
  {
    module: "github.com/prometheus-operator/prometheus-operator",
    folder: "crds",
    files: /^example\/prometheus-operator-crd\/monitoring\.coreos\.com_(servicemonitors|prometheusrules)\.yaml$/,
  },
  {
    module: "github.com/cert-manager/cert-manager",
    folder: "crds",
    files: /^deploy\/crds\/cert-manager\.io_(certificates|issuers|clusterissuers)\.yaml$/,
  },
];

/** Whether the manifests have been copied from the versions that are pinned now. */
export function haveManifests(): boolean {
  return fs.existsSync(manifestsStamp());
}

/** Copies the manifests that the sandbox needs out of the pinned modules. */
export async function copyManifests(interrupt: AbortSignal): Promise<void> {
  fs.rmSync(manifestsFolder, { recursive: true, force: true });
  for (const { module, folder, files } of manifests) {
    const download = await go(["mod", "download", "-json", `${module}@${pinnedVersion(module)}`], interrupt);
    const { Dir: source } = JSON.parse(download) as { Dir: string };
    const target = path.join(manifestsFolder, folder);
    fs.mkdirSync(target, { recursive: true });
    for (const file of fs.readdirSync(source, { recursive: true }) as string[]) {
      if (files.test(file.split(path.sep).join("/"))) {
        fs.writeFileSync(path.join(target, path.basename(file)), fs.readFileSync(path.join(source, file)));
      }
    }
  }
  fs.writeFileSync(manifestsStamp(), "");
}

/** An empty file whose name depends on what was copied and from which versions. So an edit of either copies again. */
function manifestsStamp(): string {
  const sources = manifests.map(({ module, files }) => `${module}@${pinnedVersion(module)} ${files.source}`);
  return path.join(manifestsFolder, crypto.hash("sha256", sources.join("\n")).slice(0, 16));
}

/**
 * Runs `go` in a Go module of the sandbox.
 *
 * @param goModule Folder of the module, below sandbox/go.
 * @param onLine Called with each line of its error output, where Go prints its progress.
 * @returns What it prints.
 * @throws {UserError} With the errors of the build.
 */
async function go(
  args: string[],
  interrupt: AbortSignal,
  goModule = "",
  onLine: (line: string) => void = () => undefined,
): Promise<string> {
  const command = execa("go", args, {
    cwd: path.join(toolsModule, goModule),
    env: { GOFLAGS: "-mod=readonly", GOWORK: "off" },
    cancelSignal: interrupt,
    stderr: function* (line: unknown) {
      onLine(String(line));
      yield line;
    },
  });
  try {
    return (await command).stdout;
  } catch (error) {
    rethrowCommandError(error, (lines, summary) => {
      const causes = lines.filter((line) => !/^go: downloading/.test(line) && /[:\s]/.test(line)).slice(-3);
      return `Building the sandbox's tools failed:\n  ${causes.join("\n  ") || summary}`;
    });
  }
}
