import * as assert from "assert/strict";
import * as net from "net";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { isReady } from "../../sandbox/pods";
import { helm, pods, until } from "../helpers/cluster";
import { api } from "../helpers/project";
import {
  appPods,
  flower,
  inPod,
  namespace,
  postgresqlPods,
  predict,
  redisPods,
  restarts,
  scale,
  sql,
  untilAnswers,
  untilReady,
} from "./node";
import { shared } from "./shared";

/** Installs another release of the app, which uses dev's databases. */
async function installApp(release: string, values: object): Promise<void> {
  const { output } = await helm("get", "values", "flask-dev", "-n", namespace, "-o", "json");
  const own = { ...(JSON.parse(output) as object), ...values, migration: { enabled: false } };
  const args = ["install", release, `${shared.project.folder}/chart`, "-n", namespace];
  const settings = Object.entries(own).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const { failed, output: printed } = await helm(...args, ...settings.flatMap((setting) => ["--set-json", setting]));
  assert.ok(!failed, printed);
}

const podOf = async (release: string) => (await pods(namespace, `app.kubernetes.io/instance=${release}`))[0];

/** Sends a request to an app from inside its container, where it answers even if it is not ready. A body is posted. */
async function ask(release: string, path: string, body?: object): Promise<string> {
  const pod = await podOf(release);
  const script = `
import sys, urllib.request, urllib.error
body = sys.argv[2].encode() if len(sys.argv) > 2 else None
request = urllib.request.Request("http://127.0.0.1:8080" + sys.argv[1], body, {"Content-Type": "application/json"})
try:
    answer = urllib.request.urlopen(request, timeout=15)
except urllib.error.HTTPError as error:
    answer = error
print(answer.status, " ".join(answer.read().decode().split()))`;
  return inPod(pod.metadata!.name!, ["python3", "-c", script, path, ...(body ? [JSON.stringify(body)] : [])]);
}

/** Liveness and readiness are independent. */
export function probes(): void {
  describe("the probes", () => {
    before("install a release with a slow model, and one with a broken model", async () => {
      await Promise.all([
        installApp("slow", {
          command: ["sh", "-c", "mkfifo /tmp/model && exec gunicorn wsgi:app"],
          extraEnv: [{ name: "MODEL_PATH", value: "/tmp/model" }],
        }),
        installApp("broken", { extraEnv: [{ name: "MODEL_PATH", value: "/etc/passwd" }] }),
      ]);
    });

    after(async () => {
      await Promise.all(["slow", "broken"].map((release) => helm("uninstall", release, "-n", namespace)));
      // Helm keeps the pod of a test that failed.
      await api(k8s.CoreV1Api).deleteNamespacedPod({ namespace, name: "broken-flask-app-test" });
    });

    it("keep a pod alive, but not ready, while its model is being loaded", async () => {
      await until("the app answers", () =>
        ask("slow", "/health")
          .then((text) => text.startsWith("200"))
          .catch(() => false),
      );
      assert.match(await ask("slow", "/ready"), /^503 .*"model": "is not loaded yet"/);
      assert.ok(!isReady(await podOf("slow")));
      const pod = await podOf("slow");
      await inPod(pod.metadata!.name!, ["sh", "-c", "cat /app/model/model.joblib >/tmp/model"]);
      await untilReady("app.kubernetes.io/instance=slow", 1);
      assert.equal((await podOf("slow")).metadata?.uid, pod.metadata?.uid);
      assert.equal(await restarts("app.kubernetes.io/instance=slow"), 0);
    });

    it("keep a pod with a broken model alive, but never ready", async () => {
      const isBroken = () => ask("broken", "/ready").then((text) => /^503 .*"model": "cannot be loaded/.test(text));
      await until("the model is refused", () => isBroken().catch(() => false));
      assert.match(await ask("broken", "/health"), /^200/);
      assert.ok(!isReady(await podOf("broken")));
      assert.equal(await restarts("app.kubernetes.io/instance=broken"), 0);
    });

    it("let `helm test` pass on a good release, and fail on a broken one", async () => {
      const [good, broken] = await Promise.all([
        helm("test", "flask-dev", "-n", namespace, "--timeout", "60s"),
        helm("test", "broken", "-n", namespace, "--timeout", "60s"),
      ]);
      assert.ok(!good.failed, good.output);
      assert.match(good.output, /Phase: +Succeeded/);
      assert.ok(broken.failed, broken.output);
      assert.match(broken.output, /flask-app-test failed|Phase: +Failed/);
    });

    it("keep a pod alive and ready while clients send only half of their requests", async () => {
      const { hostname, port } = new URL(shared.url);
      const clients = Array.from({ length: 100 }, () => net.connect(Number(port), hostname));
      try {
        for (const client of clients) {
          client.on("error", () => undefined);
          client.write("POST /predict HTTP/1.1\r\nHost: app\r\nContent-Length: 100\r\n\r\n{");
        }
        // Longer than both probes take to fail.
        for (const deadline = Date.now() + 45_000; Date.now() < deadline; await sleep(1000)) {
          assert.ok(isReady((await pods(namespace, appPods))[0]));
        }
        assert.equal(await restarts(), 0);
        // The senders have timed out.
        assert.equal((await predict(shared.url, 502)).status, 200);
      } finally {
        clients.forEach((client) => client.destroy());
      }
    });

    it("make a pod unready while PostgreSQL is gone, without a restart; the data is still there afterwards", async () => {
      const [pod] = await pods(namespace, appPods);
      const before = await sql("SELECT count(*), max(id) FROM predictions");
      await scale("StatefulSet", "flask-dev-postgresql", 0);
      await until("the pod is not ready", async () => !isReady((await pods(namespace, appPods))[0]));
      assert.match(await ask("flask-dev", "/ready"), /^503 .*"database": "does not answer/);
      assert.match(await ask("flask-dev", "/health"), /^200/);
      // Longer than a liveness probe would take to restart it.
      await until("PostgreSQL is gone", async () => (await pods(namespace, postgresqlPods)).length === 0);

      await scale("StatefulSet", "flask-dev-postgresql", 1);
      await untilReady(postgresqlPods, 1);
      await untilReady(appPods, 1);
      assert.equal((await pods(namespace, appPods))[0].metadata?.uid, pod.metadata?.uid);
      assert.equal(await restarts(), 0);
      assert.equal(await sql("SELECT count(*), max(id) FROM predictions"), before);
    });

    it("keep a pod ready while Redis is gone; it answers within seconds, without its cache", async () => {
      assert.equal((await predict(shared.url, 500)).status, 200);
      await scale("StatefulSet", "flask-dev-redis-master", 0);
      await until("Redis is gone", async () => (await pods(namespace, redisPods)).length === 0);
      assert.match(await ask("flask-dev", "/ready"), /^200 .*"redis": "does not answer.*"status": "degraded"/);
      assert.match(await ask("flask-dev", "/health"), /^200/);
      for (let count = 0; count < 3; count += 1) {
        const begun = Date.now();
        assert.match(await ask("flask-dev", "/predict", { instances: [flower(500)] }), /^200 .*"cached": false/);
        assert.ok(Date.now() - begun < 5000, `an answer took ${Date.now() - begun} ms`);
      }
      // Longer than the readiness probe takes to fail.
      await sleep(20_000);
      assert.ok(isReady((await pods(namespace, appPods))[0]));
      assert.equal((await predict(shared.url, 500)).status, 200);
      await scale("StatefulSet", "flask-dev-redis-master", 1);
      await untilReady(redisPods, 1);
      await untilReady(appPods, 1);
      const back = Date.now();
      await untilAnswers(shared.url);
      assert.equal((await predict(shared.url, 501)).status, 200);
      assert.ok(Date.now() - back < 5000, `the first answer after Redis is back took ${Date.now() - back} ms`);
    });
  });
}
