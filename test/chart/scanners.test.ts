import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { projectFolder } from "../../tools/lib/paths";
import { readStackFile } from "../../tools/lib/stackFiles";
import { allManifests, renderStack } from "../../tools/manifests/stackManifests";
import { itWith } from "../helpers/describeWith";
import { pinnedKubernetes } from "../helpers/kubernetesDefinitions";
import { scannerExceptions } from "./scannerExceptions";

const kubeScore = "github.com/zegl/kube-score/cmd/kube-score@v1.20.0";

interface Score {
  object_name: string;
  checks: { check: { id: string }; grade: number; skipped: boolean }[];
}

interface Report {
  results: { failed_checks: { check_id: string; resource: string }[] };
}

/** Fails with every finding that is no exception: the check and the object. */
function assertExpected(findings: [check: string, object: string][]): void {
  const unexpected = findings.filter(
    ([check, object]) =>
      !scannerExceptions.some(({ checks, objects }) => checks.includes(check) && objects.test(object)),
  );
  assert.deepEqual(unexpected, []);
}

describe("Everything that the production stack deploys", function () {
  this.timeout(300_000);
  let manifests: string;

  before("render it", async () => {
    const { config } = withStandInCharts(readStackFile("production"));
    const rendering = { stack: "production", config, folder: projectFolder, kubernetes: pinnedKubernetes };
    // JSON is YAML in which no scanner takes "no" for a boolean.
    manifests = allManifests(await renderStack(rendering))
      .map((manifest) => JSON.stringify(manifest))
      .join("\n---\n");
  });

  itWith("go", "passes kube-score, except for what is listed with a reason", async () => {
    const { stdout } = await execa("go", ["run", kubeScore, "score", "--output-format", "json", "-"], {
      input: manifests,
      reject: false,
    });
    assertExpected(
      (JSON.parse(stdout) as Score[]).flatMap(({ object_name, checks }) =>
        checks
          .filter(({ grade, skipped }) => !skipped && grade < 7)
          .map(({ check }): [string, string] => [check.id, object_name]),
      ),
    );
  });

  itWith("checkov", "passes checkov, except for what is listed with a reason", async () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "checkov-"));
    try {
      fs.writeFileSync(path.join(folder, "production.yaml"), manifests);
      const args = ["--directory", folder, "--framework", "kubernetes", "--compact", "--output", "json"];
      const { stdout } = await execa("checkov", args, { reject: false });
      const { results } = JSON.parse(stdout) as Report;
      assertExpected(results.failed_checks.map(({ check_id, resource }) => [check_id, resource]));
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});
