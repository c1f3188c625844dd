import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { isReady } from "../../sandbox/pods";
import { api } from "../helpers/project";
import { inPod, pods, predict } from "./node";
import { shared } from "./shared";

const namespace = "production";

/** The production stack as it is, but for its image. */
export function production(): void {
  describe("npm start -- --stack production", () => {
    let url: string;

    before("make room, and start", async () => {
      await shared.project.run(["destroy"]);
      const { exitCode, output } = await shared.project.run(["start", "--stack", "production"]);
      assert.equal(exitCode, 0, output);
      url = /curl -s (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? "";
    });

    it("has three of three pods ready under the restricted standard", async () => {
      const { metadata } = await api(k8s.CoreV1Api).readNamespace({ name: namespace });
      assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
      const found = await pods("app.kubernetes.io/instance=flask-prod,app.kubernetes.io/name=flask-app", namespace);
      assert.deepEqual(found.map(isReady), [true, true, true]);
    });

    it("runs the app as an ordinary user on a file system that it cannot write to", async () => {
      const [pod] = await pods("app.kubernetes.io/instance=flask-prod,app.kubernetes.io/name=flask-app", namespace);
      const name = pod.metadata!.name!;
      assert.equal(await inPod(name, ["id", "-u"], namespace), "10001");
      await assert.rejects(inPod(name, ["touch", "/app/file"], namespace), /Read-only file system/);
      await inPod(name, ["touch", "/data/shared"], namespace);
    });

    it("answers, and finds in Redis what another pod computed", async () => {
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
