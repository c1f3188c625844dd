import * as assert from "assert/strict";
import { execa } from "execa";
import { itWith } from "../helpers/describeWith";
import { helmTemplate } from "../helpers/helm";
import { deployedStacks } from "../helpers/stackValues";

const kubeScore = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0";

/** What kube-score finds that stays as it is, by object, each with the reason. */
const waived: Record<string, Record<string, string>> = {
  "Deployment/apps/v1//flask-prod-flask-app": {
    "container-image-pull-policy":
      "the tag is a version that is never pushed again; IfNotPresent starts pods without the registry",
    "deployment-has-host-podantiaffinity":
      "topologySpreadConstraints spread the pods over nodes; kube-score looks for anti-affinity only",
  },
  "Pod/v1//flask-prod-flask-app-test": {
    "container-image-pull-policy": "busybox by its version, as above",
  },
};

interface Score {
  object_name: string;
  checks: { check: { id: string }; grade: number; skipped: boolean }[];
}

describe("kube-score on the production stack", function () {
  this.timeout(300_000);

  itWith("go", "finds no critical problem and no warning except those waived with a reason", async () => {
    const production = (await deployedStacks()).find(({ name }) => name === "production")!;
    const { name: release, namespace, values } = production.app;
    const { stdout } = await execa("go", ["run", kubeScore, "score", "--output-format", "json", "-"], {
      input: await helmTemplate(values, { release, namespace }),
      reject: false,
    });
    const findings = (JSON.parse(stdout) as Score[]).flatMap(({ object_name, checks }) =>
      checks.filter(({ grade, skipped }) => !skipped && grade < 7).map(({ check }) => `${object_name} ${check.id}`),
    );
    const expected = Object.entries(waived).flatMap(([name, checks]) =>
      Object.keys(checks).map((id) => `${name} ${id}`),
    );
    assert.deepEqual(findings.sort(), expected.sort());
  });
});
