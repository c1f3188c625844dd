import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient, startControlPlane, stopControlPlane } from "../../../sandbox/controlPlane";
import { Helm } from "../../../sandbox/helm";
import { NodeKind } from "../../../sandbox/node/nodeKind";
import { findTools, ToolPaths } from "../../../sandbox/buildBinaries";

/** Resolves when the API server is ready. */
async function apiReady(): Promise<void> {
  // This also fails until the sandbox has written its kubeconfig.
  const isReady = async () => new k8s.Health(sandboxClient()).readyz({});
  while (!(await isReady().catch(() => false))) {
    await sleep(20);
  }
}

/** Prints the seconds from nothing to a ready API, to a ready node and, on kwok, which runs any image, to a first release. */
async function timeStart(node: NodeKind): Promise<void> {
  const tools = (await findTools(node)) as ToolPaths;
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  try {
    const api = apiReady().then(seconds);
    await startControlPlane(tools, new AbortController().signal, node);
    const nodeReady = seconds();
    if (node === "kwok") {
      await deployFirst(tools.helm);
    }
    console.log(JSON.stringify({ api: await api, node: nodeReady, release: seconds() }));
  } finally {
    await stopControlPlane();
  }
}

function deployFirst(helm: string): Promise<unknown> {
  return new Helm(helm).deploy({
    name: "first",
    namespace: "default",
    chart: "./sandbox/charts/redis",
    version: "17.17.1",
    description: "redis 17.17.1",
    values: { architecture: "standalone", auth: { existingSecret: "none" } },
    timeout: 60,
    maxHistory: 1,
  });
}

void timeStart(process.argv[2] as NodeKind);
