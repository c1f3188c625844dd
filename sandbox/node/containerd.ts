import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { BackgroundProcesses } from "../processes";
import { podNetwork } from "./addresses";
import { runtimeFolder } from "./debianPackages";
import { pauseImage } from "./images";
import { enterScript, nodeFolder } from "./linuxNamespaces";

/** Socket of containerd, in the sandbox's namespaces. */
export const containerdSocket = "/run/containerd/containerd.sock";

/** Starts containerd, with a root folder of its own and a network for pods. */
export function startContainerd(processes: BackgroundProcesses): void {
  const networks = path.join(nodeFolder, "networks");
  fs.mkdirSync(networks);
  fs.writeFileSync(path.join(networks, "pods.conflist"), JSON.stringify(podNetworkConfig));
  const file = path.join(nodeFolder, "containerd.toml");
  // A JSON string is a valid TOML string, too.
  const text = (value: string) => JSON.stringify(value);
  const cri = '[plugins."io.containerd.grpc.v1.cri"';
  const lines = [
    "version = 2",
    `root = ${text(path.join(nodeFolder, "containerd"))}`,
    'state = "/run/containerd"',
    'disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs", "io.containerd.internal.v1.tracing"]',
    "[grpc]",
    `address = ${text(containerdSocket)}`,
    '[plugins."io.containerd.internal.v1.opt"]',
    'path = "/run/containerd/opt"',
    `${cri}]`,
    `sandbox_image = ${text(pauseImage)}`,
    // Root in a container may not lower the score. Every pod would fail with "can't get final child's PID from pipe".
    "restrict_oom_score_adj = true",
    // Its profile would be loaded into the kernel of the whole machine.
    "disable_apparmor = true",
    "tolerate_missing_hugetlb_controller = true",
    "netns_mounts_under_state_dir = true",
    `${cri}.cni]`,
    `bin_dir = ${text(path.join(runtimeFolder, "usr/lib/cni"))}`,
    `conf_dir = ${text(networks)}`,
    `${cri}.containerd.runtimes.runc]`,
    'runtime_type = "io.containerd.runc.v2"',
  ];
  fs.writeFileSync(file, `${lines.join("\n")}\n`);
  processes.start("containerd", enterScript, [path.join(runtimeFolder, "usr/bin/containerd"), "--config", file]);
}

/** Whether containerd answers. */
export async function isContainerdReady(): Promise<boolean> {
  return (await execa(enterScript, ["ctr", "version"], { reject: false })).exitCode === 0;
}

/** Each pod gets a network interface that leads to the node, and an address that the plugin records in `dataDir`. */
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
