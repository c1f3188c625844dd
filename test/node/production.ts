import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { isReady } from "../../sandbox/pods";
import { pods, succeed } from "../helpers/cluster";
import { api } from "../helpers/project";
import { inPod, predict } from "./node";
import { shared } from "./shared";

const namespace = "production";
const selector = "app.kubernetes.io/instance=flask-prod,app.kubernetes.io/name=flask-app";

/** The production stack, with the image of the example. */
export function production(): void {
  describe("npm start -- --stack production", () => {
    let url: string;

    before("destroy dev, and start", async () => {
      await succeed(shared.project, ["destroy"]);
      const output = await succeed(shared.project, ["start", "--stack", "production"]);
      url = /curl -s (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? "";
    });

    it("has three ready pods in a namespace with the restricted standard", async () => {
      const { metadata } = await api(k8s.CoreV1Api).readNamespace({ name: namespace });
      assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
      const found = await pods(namespace, selector);
      assert.deepEqual(found.map(isReady), [true, true, true]);
    });

    it("runs the app as an unprivileged user with a read-only file system", async () => {
      const [pod] = await pods(namespace, selector);
      const name = pod.metadata!.name!;
      assert.equal(await inPod(name, ["id", "-u"], namespace), "10001");
      await assert.rejects(inPod(name, ["touch", "/app/file"], namespace), /Read-only file system/);
      await inPod(name, ["touch", "/data/shared"], namespace);
    });

    it("answers, and finds the predictions of other pods in Redis", async () => {
      const answers = [];
      for (let count = 0; count < 6; count += 1) {
        answers.push(await predict(url, 900));
      }
      assert.deepEqual(
        answers.map(({ status, prediction }) => [status, prediction?.cached]),
        [[200, false], ...Array.from({ length: 5 }, () => [200, true])],
      );
    });
  });
}
