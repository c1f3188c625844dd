import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { setUpSandbox } from "../../sandbox/setUp";
import { assertFailed, succeed } from "../helpers/cluster";
import { api, Project, withoutPulumi } from "../helpers/project";

describe("npm start with bad input", function () {
  this.timeout(600_000);
  let project: Project;

  before("start the sandbox", () => setUpSandbox(new AbortController().signal));
  beforeEach(() => (project = Project.copy()));
  afterEach(() => project.remove());

  it("lists the stacks if a stack is unknown", async () => {
    const result = await project.run(["start", "--stack", "prod"]);
    assertFailed(result, 'There is no stack "prod"; the stacks are dev, production, staging.');
  });

  it("suggests the option if one is unknown", async () => {
    const result = await project.run(["start", "--stak", "dev"]);
    assertFailed(result, "unknown option '--stak'", "Did you mean --stack?");
  });

  it("lists every fault in a stack's config, and deploys nothing", async () => {
    project.configure("dev", (config) => {
      config["flask-app:protct"] = true;
      delete config["flask-app:namespace"];
      Object.assign(config["flask-app:app"] as object, { replicaCount: "two", service: { port: 99999 } });
    });
    assertFailed(
      await project.run(["start"]),
      "Pulumi.dev.yaml has 4 faults; nothing was changed:",
      "flask-app:namespace: is missing",
      "flask-app:protct: is not a known key; did you mean protect?",
      'flask-app:app.replicaCount: found "two", accepted: Integer of at least 0, or null',
      "flask-app:app.service.port: found 99999, which must be <= 65535",
    );
    const { items } = await api(k8s.CoreV1Api).listNamespace();
    assert.ok(!items.some(({ metadata }) => metadata?.name === "development"));
  });

  it("says where a stack file is not valid YAML", async () => {
    const file = path.join(project.folder, "Pulumi.dev.yaml");
    const lines = fs.readFileSync(file, "utf8").split("\n").length;
    fs.appendFileSync(file, "  : [");
    assertFailed(await project.run(["start"]), "Pulumi.dev.yaml cannot be read: ", `(${lines}:3)`);
  });

  it("says that an encrypted value needs the Pulumi CLI", async () => {
    project.configure("dev", (config) => {
      const external = { host: "db", username: "u", database: "d", password: { secure: "v1:abc" } };
      config["flask-app:postgresql"] = { external };
    });
    assertFailed(await project.run(["start"]), "flask-app:postgresql holds an encrypted value");
  });

  it("names file and line of a template error, deploys nothing, and works again once that is fixed", async () => {
    project.edit("chart/templates/service.yaml", "spec:", "spec: {{ missingFunction }}");
    const broken = await project.run(["start"]);
    assertFailed(broken, "Helm cannot render ./chart", "chart/templates/service.yaml:", "missingFunction");
    assert.doesNotMatch(broken.output, /created/, "something was deployed");
    project.edit("chart/templates/service.yaml", "spec: {{ missingFunction }}", "spec:");
    await succeed(project, ["start"]);
    await succeed(project, ["destroy"]);
  });

  it("says what to install if there are neither the tools nor Go to build them", async () => {
    fs.rmSync(path.join(project.folder, ".tools"));
    const bin = fs.mkdtempSync(path.join(project.folder, "bin-"));
    fs.symlinkSync(process.execPath, path.join(bin, "node"));
    assertFailed(
      await project.run(["start"], { ...withoutPulumi(), PATH: bin }),
      "etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kwok, helm",
      "`go` is not on PATH",
      "install Go",
    );
  });
});
