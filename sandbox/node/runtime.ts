import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { BackgroundProcesses } from "../processes";
import { Image, importImages, pauseImage } from "./images";
import { enterScript, nodeFolder } from "./namespace";
import { podNetwork } from "./addresses";
import { runtimeFolder } from "./packages";

/** Where the container runtime listens, in the sandbox's namespaces. */
export const runtimeSocket = "/run/containerd/containerd.sock";

/** Starts the container runtime, with a network for pods and a root of its own. */
export function startRuntime(processes: BackgroundProcesses): void {
  const networks = path.join(nodeFolder, "networks");
  fs.mkdirSync(networks);
  fs.writeFileSync(path.join(networks, "pods.conflist"), JSON.stringify(podNetworkConfig));
  const file = path.join(nodeFolder, "containerd.toml");
  // JSON's texts are TOML's, too.
  const text = (value: string) => JSON.stringify(value);
  const cri = '[plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    "version = 2",
    `root = ${text(path.join(nodeFolder, "containerd"))}`,
    'state = "/run/containerd"',
    'disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing"]',
    "[grpc]",
    `address = ${text(runtimeSocket)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    'path = "/run/containerd/opt"',
    `${cri}]`,
    `sandbox_image = ${text(pauseImage)}`,
    // Without the right to it, every pod would fail with "can't get final child's PID from pipe".
    "restrict_oom_score_adj = true",
    // Its profile would be loaded into the kernel, for all of the machine.
    "disable_apparmor = true",
    "tolerate_missing_hugetlb_controller = true",
    "netns_mounts_under_state_dir = true",
    `${cri}.cni]`,
    `bin_dir = ${text(path.join(runtimeFolder, "cni"))}`,
    `conf_dir = ${text(networks)}`,
    `${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
    `${cri}.containerd.runtimes.runc.options]`,
    `BinaryName = ${text(path.join(runtimeFolder, "bin/runc"))}`,
    "SystemdCgroup = false",
  ];
  fs.writeFileSync(file, `${lines.join("\n")}\n`);
  processes.start("containerd", enterScript, [path.join(runtimeFolder, "bin/containerd"), "--config", file]);
}

/** Whether the container runtime answers. */
export async function isRuntimeReady(): Promise<boolean> {
  return (await execa(enterScript, ["ctr", "version"], { reject: false })).exitCode === 0;
}

const loadedFile = path.join(nodeFolder, "images.json");

/** References of the images that the runtime has; none before all are there. */
export function loadedImages(): string[] {
  return fs.existsSync(loadedFile) ? (JSON.parse(fs.readFileSync(loadedFile, "utf8")) as string[]) : [];
}

/** Gives the runtime those of the images that it has not. */
export async function loadImages(images: Image[], interrupt: AbortSignal): Promise<void> {
  const loaded = loadedImages();
  const missing = images.filter(({ reference }) => !loaded.includes(reference));
  if (missing.length > 0) {
    await importImages(missing, [enterScript, "ctr"], interrupt);
    // The newest last.
    fs.writeFileSync(loadedFile, JSON.stringify([...loaded, ...missing.map(({ reference }) => reference)]));
  }
}

/** Each pod has an interface of its own, which leads to the node; the plugin that gives addresses keeps them here. */
const podNetworkConfig = {
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "ptp",
      ipam: {
        type: "host-local",
        dataDir: "/run/pod-addresses",
        ranges: [[{ subnet: podNetwork }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
  ],
};
