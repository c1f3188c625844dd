import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { api, CommandResult, Project, withoutPulumi } from "../helpers/project";

describe("bad input", function () {
  this.timeout(60_000);
  let project: Project;

  beforeEach(() => (project = Project.copy()));
  afterEach(() => project.remove());

  it("names the stacks there are when a stack is unknown", async () => {
    refuses(await project.run(["start", "--stack", "prod"]), [
      'There is no stack "prod"; the stacks are dev, production, staging.',
    ]);
  });

  it("says what is accepted when an option is unknown", async () => {
    refuses(await project.run(["start", "--stak", "dev"]), ["unknown option '--stak'", "Did you mean --stack?"]);
  });

  it("lists every fault of a stack's config, and deploys nothing", async () => {
    project.configure("dev", (config) => {
      config["flask-app:protct"] = true;
      delete config["flask-app:namespace"];
      Object.assign(config["flask-app:app"] as object, { replicaCount: "two", service: { port: 99999 } });
    });
    refuses(await project.run(["start"]), [
      "Pulumi.dev.yaml has 4 faults; nothing was changed:",
      "flask-app:namespace: is missing",
      "flask-app:protct: is not a known key; did you mean protect?",
      'flask-app:app.replicaCount: found "two", accepted: an integer',
      "flask-app:app.service.port: found 99999, which must be <= 65535",
    ]);
    const { items } = await api(k8s.CoreV1Api).listNamespace();
    assert.ok(!items.some(({ metadata }) => metadata?.name === "development"));
  });

  it("says where a stack's file is no YAML", async () => {
    const file = path.join(project.folder, "Pulumi.dev.yaml");
    const lines = fs.readFileSync(file, "utf8").split("\n").length;
    fs.appendFileSync(file, "  : [");
    refuses(await project.run(["start"]), ["Pulumi.dev.yaml is not YAML", `(${lines}:3)`]);
  });

  it("says that an encrypted value needs the Pulumi CLI", async () => {
    project.configure("dev", (config) => {
      const external = { host: "db", username: "u", database: "d", password: { secure: "v1:abc" } };
      config["flask-app:postgresql"] = { external };
    });
    refuses(await project.run(["start"]), ["flask-app:postgresql holds an encrypted value"]);
  });

  it("passes on file and line when a template is broken, and the next start mends it", async () => {
    project.edit("chart/templates/service.yaml", "spec:", "spec: {{ missingFunction }}");
    refuses(await project.run(["start"]), ["helm upgrade flask-dev", "service.yaml:", "missingFunction"]);
    project.edit("chart/templates/service.yaml", "spec: {{ missingFunction }}", "spec:");
    assert.equal((await project.run(["start"])).exitCode, 0);
    await project.run(["destroy"]);
  });

  it("says what to install when there is neither a tool nor Go to build it with", async () => {
    fs.rmSync(path.join(project.folder, ".tools"));
    const node = path.dirname(process.execPath);
    const bin = fs.mkdtempSync(path.join(project.folder, "bin-"));
    fs.symlinkSync(process.execPath, path.join(bin, "node"));
    assert.ok(node);
    refuses(await project.run(["start"], { ...withoutPulumi(), PATH: bin }), [
      "etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, helm",
      "`go` is not on PATH",
      "install Go",
    ]);
  });
});

/** A command that failed as it should: with these words, a non-zero exit code and no stack trace. */
function refuses({ exitCode, output }: CommandResult, words: string[]): void {
  assert.notEqual(exitCode, 0);
  for (const text of words) {
    assert.ok(output.includes(text), `no ${JSON.stringify(text)} in:\n${output}`);
  }
  assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
}
