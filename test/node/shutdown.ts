import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { sandboxClient } from "../../sandbox/controlPlane";
import { enterScript } from "../../sandbox/node/linuxNamespaces";
import { pods, until } from "../helpers/cluster";
import { api } from "../helpers/project";
import { appPods, Load, namespace, predict, restarts, untilAnswers, untilReady, scale, deployment } from "./node";
import { shared } from "./shared";

/** The last state of a pod's first container before the pod is gone. */
async function lastState(name: string, deletePod: () => Promise<unknown>): Promise<k8s.V1ContainerState | undefined> {
  let state: k8s.V1ContainerState | undefined;
  let gone: () => void;
  const deleted = new Promise<void>((resolve) => (gone = resolve));
  const watch = await new k8s.Watch(sandboxClient()).watch(
    `/api/v1/namespaces/${namespace}/pods`,
    { fieldSelector: `metadata.name=${name}` },
    (phase: string, pod: k8s.V1Pod) => {
      state = pod.status?.containerStatuses?.[0].state ?? state;
      if (phase === "DELETED") {
        gone();
      }
    },
    () => gone(),
  );
  await deletePod();
  await deleted;
  watch.abort();
  return state;
}

/** Pods whose process ends. */
export function shutdown(): void {
  describe("a pod", () => {
    it("restarts its container when the process is killed", async () => {
      const [pod] = await pods(namespace, appPods);
      const id = pod.status!.containerStatuses![0].containerID!.replace("containerd://", "");
      await execa(enterScript, ["ctr", "tasks", "kill", "--signal", "SIGKILL", id]);
      await until("the container was restarted", async () => (await restarts()) === 1);
      await untilReady(appPods, 1);
      assert.equal((await pods(namespace, appPods))[0].metadata?.uid, pod.metadata?.uid);
      await untilAnswers(shared.url);
      assert.equal((await predict(shared.url, 600)).status, 200);
    });

    it("that is deleted ends by itself within its grace period, and no request fails", async () => {
      await scale("Deployment", deployment, 2);
      await untilReady(appPods, 2);
      const load = new Load(shared.url);
      const [{ metadata }] = await pods(namespace, appPods);
      const name = metadata!.name!;
      const begun = Date.now();
      const state = await lastState(name, () => api(k8s.CoreV1Api).deleteNamespacedPod({ namespace, name }));
      const seconds = (Date.now() - begun) / 1000;
      const { answered, failures } = await load.stop();
      assert.deepEqual(failures, []);
      assert.ok(answered > 20, `${answered} requests`);
      // It would be 137 if the process had been killed.
      assert.equal(state?.terminated?.exitCode, 0, JSON.stringify(state));
      assert.ok(seconds < 30, `it took ${seconds} s`);
      await untilReady(appPods, 2);
      await scale("Deployment", deployment, 1);
      await untilReady(appPods, 1);
    });
  });
}
