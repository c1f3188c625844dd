import * as assert from "assert/strict";
import { stackNames } from "../../tools/lib/stackFiles";
import { lint, Manifests, render } from "../helpers/helm";
import { kubernetesFaults } from "../helpers/kubernetesSchemas";
import { deployedStacks, Stack } from "../helpers/stackValues";

const always = ["ConfigMap", "Deployment", "Pod", "Service", "ServiceAccount"];
const expected: Record<string, { release: string; kinds: string[] } | undefined> = {
  dev: { release: "flask-dev", kinds: always },
  staging: { release: "flask-staging", kinds: [...always, "HorizontalPodAutoscaler", "Ingress"] },
  production: {
    release: "flask-prod",
    kinds: [
      ...always,
      "HorizontalPodAutoscaler",
      "Ingress",
      "NetworkPolicy",
      "NetworkPolicy",
      "PersistentVolumeClaim",
      "PodDisruptionBudget",
      "ServiceMonitor",
    ],
  },
};

for (const name of stackNames()) {
  describe(`the chart with the values of the ${name} stack`, function () {
    this.timeout(60_000);
    let stack: Stack;
    let manifests: Manifests;

    before("run the program and render", async () => {
      stack = (await deployedStacks()).find((deployed) => deployed.name === name)!;
      const { app, namespace } = stack;
      manifests = await render(app.values, { chart: app.chart, release: app.name, namespace });
    });

    it("renders manifests that are each valid by the Kubernetes schemas", async () => {
      for (const manifest of manifests.all) {
        assert.deepEqual(await kubernetesFaults(manifest), []);
      }
    });

    it("passes helm lint without a warning", async () => {
      const output = await lint(stack.app.values);
      assert.match(output, /1 chart\(s\) linted, 0 chart\(s\) failed/);
      assert.doesNotMatch(output, /\[(INFO|WARNING|ERROR)\]/);
    });

    it("takes its environment from the Secret that the program makes, and has none of its own", () => {
      const [config, secret, ...others] = manifests.container.envFrom ?? [];
      assert.deepEqual(config, { configMapRef: { name: `${stack.app.name}-flask-app` } });
      assert.deepEqual(others, []);
      const content = stack.secrets[secret.secretRef!.name!];
      assert.deepEqual(Object.keys(content).sort(), ["DATABASE_URL", "REDIS_URL", "SECRET_KEY"]);
      assert.deepEqual(manifests.every("Secret"), []);
    });

    it("holds no secret value in any manifest", () => {
      const text = JSON.stringify(manifests.all);
      for (const value of Object.values(stack.secrets).flatMap((content) => Object.values(content))) {
        assert.ok(!text.includes(value) && !text.includes(Buffer.from(value).toString("base64")), value);
      }
    });

    it("restarts the pods when the content of the program's Secret changes", () => {
      const { metadata } = manifests.one("Deployment").spec!.template;
      assert.match(metadata?.annotations?.["checksum/secret"] ?? "", /^[0-9a-f]{64}$/);
    });

    const guide = expected[name];
    if (guide) {
      it(`makes ${guide.kinds.length} objects, all named after the release ${guide.release}`, () => {
        assert.deepEqual(manifests.kinds, [...guide.kinds].sort());
        for (const { kind, metadata } of manifests.all) {
          assert.equal(metadata.name.replace(/-test$/, ""), `${guide.release}-flask-app`, kind);
        }
      });
    }
  });
}
