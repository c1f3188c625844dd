import * as assert from "assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MockRun } from "../../tools/lib/program";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { parseManifests } from "../../tools/lib/manifests";
import { runStack, valuesOf } from "../helpers/program";

const service = { apiVersion: "v1", kind: "Service", metadata: { name: "flask-dev" }, spec: { ports: [{ port: 80 }] } };

describe("A preview of the chart", () => {
  it("renders it with the values of the release", async () => {
    const asked: Record<string, unknown>[] = [];
    const run = await runStack("dev", undefined, {
      render: (options) => {
        asked.push(options);
        return [service];
      },
    });
    assert.equal(asked.length, 3);
    assert.deepEqual(asked.find(isAppChart), {
      path: ".",
      chart: "chart",
      include_test_hook_resources: true,
      release_name: "flask-dev",
      namespace: "development",
      values: valuesOf(run, "flask-dev"),
    });
  });

  it("is not done in an update, in which Helm renders it", async () => {
    await runStack("dev");
  });

  for (const [title, error, expected] of [
    [
      "a template error, with file and line",
      "failed to generate YAML for specified Helm chart: failed to create chart from template: template: flask-app/templates/service.yaml:9:20: executing",
      "Helm or Kubernetes would reject what the charts render:\n  Helm cannot render ./chart: template: chart/templates/service.yaml:9:20: executing",
    ],
    [
      "an error of the chart itself",
      "failed to create chart from template: execution error at (flask-app/templates/service.yaml:1:4): so not",
      "Helm or Kubernetes would reject what the charts render:\n  Helm cannot render ./chart: execution error at (chart/templates/service.yaml:1:4): so not",
    ],
    [
      "a cluster that does not answer",
      "failed to create chart from template: chart requires kubeVersion: >=1.25.0-0 which is incompatible with Kubernetes v1.20.0",
      "The cluster does not answer, and without it a preview would be wrong: check the kubeconfig and `pulumi config get kubernetes:context`.",
    ],
    [
      "values that contradict each other, each with its path in the config",
      "failed to create chart from template: execution error at (flask-app/templates/service.yaml:1:4): The values contradict each other:\n  drainSeconds: found 9, accepted: less\n  strategy.type: found X, accepted: Y",
      "Pulumi.dev.yaml has 2 faults; nothing was changed:\n  flask-app:app.drainSeconds: found 9, the chart's default, accepted: less\n  flask-app:app.strategy.type: found X, the chart's default, accepted: Y",
    ],
  ]) {
    it(`fails with ${title}`, async () => {
      assert.equal(await failure(() => Promise.reject(new Error(error))), expected);
    });
  }

  it("fails with every field that Kubernetes would refuse and its line in the template", async () => {
    const broken = {
      ...service,
      spec: { ports: [{ port: "http", nodeport: 30000 }], type: null },
    };
    const message = await failure(() => [service, broken]);
    assert.match(message, /^Helm or Kubernetes would reject what the charts render:$/m);
    assert.match(
      message,
      /^ {2}chart\/templates\/service\.yaml:\d+( or \S+:\d+)?: Service flask-dev: spec\.ports\[0\]\.port found "http", which must be integer$/m,
    );
    assert.match(
      message,
      /^ {2}chart\/templates\/service\.yaml: Service flask-dev: spec\.ports\[0\]\.nodeport is not a field of this kind$/m,
    );
    // A field that is null is not set.
    assert.doesNotMatch(message, /spec\.type/);
  });

  it("reads two equal keys as Helm does: the last one counts", () => {
    const text = "kind: ConfigMap\nmetadata: {name: a}\ndata:\n  key: first\n  key: last\n";
    assert.deepEqual(
      parseManifests(text).map(({ data }) => data),
      [{ key: "last" }],
    );
  });

  it("fails with everything that is wrong in one message", async () => {
    const error = new Error(
      "failed to create chart from template: The values contradict each other:\n  drainSeconds: so",
    );
    const exposed = { ...service, spec: { type: "LoadBalancer" } };
    const render: MockRun["render"] = (options) => (isAppChart(options) ? Promise.reject(error) : [exposed]);
    const change = (config: StackFileConfig) => {
      Object.assign(config["flask-app:app"] as object, {
        drainSeconds: "long",
      });
      config["flask-app:typo"] = true;
      config["flask-app:protect"] = false;
    };
    const { message } = (await runStack("production", change, { render }).catch((thrown: Error) => thrown)) as Error;
    assert.deepEqual(
      message.split("\n").map((line) => line.split(": ")[0]),
      [
        "Pulumi.production.yaml has 3 faults; nothing was changed:",
        "  flask-app:typo",
        "  flask-app:app.drainSeconds",
        "  flask-app:protect",
        "Guard rails refuse what would run; docs/guard-rails.md explains each:",
        "  Service flask-dev",
      ],
    );
  });

  it("accepts kinds that the chart does not contain", async () => {
    await runStack("dev", undefined, { render: () => [{ apiVersion: "example.com/v1", kind: "Custom" }] });
  });
});

function isAppChart({ chart }: Record<string, unknown>): boolean {
  return chart === "chart";
}

/** The message of a preview in which the app's chart is rendered as given. */
async function failure(render: NonNullable<MockRun["render"]>): Promise<string> {
  const renderApp: MockRun["render"] = (options) => (isAppChart(options) ? render(options) : []);
  const error = await runStack("dev", undefined, { render: renderApp }).catch((thrown: Error) => thrown);
  assert.ok(pulumi.RunError.isInstance(error), "it would be printed with a stack trace");
  return error.message;
}
