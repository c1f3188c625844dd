import * as assert from "assert/strict";
import * as crypto from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { projectFolder } from "../../tools/lib/paths";
import { succeed } from "../helpers/cluster";
import { describeWith, itWith } from "../helpers/describeWith";
import { helmIn } from "../helpers/helmHome";
import { createCertificate, LocalServer, serveRegistry } from "../helpers/servers";
import { api, Project, withoutPulumi } from "../helpers/project";

const namespace = "development";
const versions = { postgresql: "12.12.10", redis: "17.17.1" };

type InCluster = Record<string, { inCluster: { chart?: object; image?: object } }>;

// The steps of docs/mirror.md, with the stand-in charts of the sandbox.
describeWith("openssl", "a mirror of the charts and images", function () {
  this.timeout(600_000);
  let folder: string;
  let caFile: string;
  let mirror: LocalServer;
  let project: Project;
  const digests: Record<string, string> = {};

  before("push the charts to a registry whose certificate no public authority signed", async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-mirror-"));
    const certificate = await createCertificate(folder);
    caFile = certificate.file;
    mirror = await serveRegistry(certificate);
    for (const [name, version] of Object.entries(versions)) {
      await helmIn(folder, ["package", path.join(projectFolder, "sandbox/charts", name)]);
      const push = ["push", `${name}-${version}.tgz`, `oci://${mirror.host}/charts`, "--ca-file", caFile];
      digests[name] = /^Digest: (.*)$/m.exec((await helmIn(folder, push)).all)![1];
    }
    project = Project.copy();
  });

  after(async () => {
    await project.run(["destroy"], withCa());
    mirror.close();
    project.remove();
    fs.rmSync(folder, { recursive: true });
  });

  const withCa = (env = withoutPulumi()) => ({ ...env, SSL_CERT_FILE: caFile });
  const configure = (change: (databases: InCluster, name: keyof typeof versions) => void) =>
    project.configure("dev", (config) => {
      const databases = config as InCluster;
      change(databases, "postgresql");
      change(databases, "redis");
    });
  const fromMirror = (digest: (name: keyof typeof versions) => string) =>
    configure((databases, name) => {
      databases[`flask-app:${name}`].inCluster.chart = {
        reference: `oci://${mirror.host}/charts/${name}@${digest(name)}`,
        version: versions[name],
      };
    });

  it("is refused if a chart has another digest", async () => {
    const another = `sha256:${crypto.randomBytes(32).toString("hex")}`;
    fromMirror((name) => (name === "redis" ? another : digests[name]));
    const { exitCode, output } = await project.run(["start"], withCa());
    assert.equal(exitCode, 1, output);
    assert.match(output, /chart reference digest mismatch/);
  });

  it("serves the charts by digest, with the images of the mirror", async () => {
    fromMirror((name) => digests[name]);
    configure((databases, name) => {
      databases[`flask-app:${name}`].inCluster.image = {
        registry: "registry.example.com",
        digest: digests[name],
        pullSecrets: ["registry-login"],
      };
    });
    await succeed(project, ["start"], withCa());
    const { items } = await api(k8s.AppsV1Api).listNamespacedStatefulSet({ namespace });
    assert.deepEqual(items.map(({ spec }) => spec!.template.spec!.containers[0].image).sort(), [
      `registry.example.com/library/postgres@${digests.postgresql}`,
      `registry.example.com/library/redis@${digests.redis}`,
    ]);
    for (const { spec } of items) {
      assert.equal(spec!.template.spec!.imagePullSecrets![0].name, "registry-login");
    }
    assert.match(await succeed(project, ["start"], withCa()), /nothing changed/);
  });

  it("can be a folder of the repository", async () => {
    for (const [name, version] of Object.entries(versions)) {
      const chart = [`oci://${mirror.host}/charts/${name}`, "--version", version, "--ca-file", caFile];
      await helmIn(folder, ["pull", ...chart, "--untar", "--untardir", path.join(project.folder, "mirror")]);
    }
    configure((databases, name) => {
      databases[`flask-app:${name}`].inCluster.chart = { reference: `./mirror/${name}`, version: versions[name] };
    });
    assert.match(await succeed(project, ["start"], withCa()), /updated +Release flask-dev-redis/);
  });

  itWith("pulumi", "serves the charts by digest to the Pulumi CLI, which changes nothing the second time", async () => {
    await succeed(project, ["destroy"], withCa());
    fromMirror((name) => digests[name]);
    const withPulumi = withCa(process.env);
    await succeed(project, ["start"], withPulumi);
    assert.match(await succeed(project, ["start"], withPulumi), /nothing changed/);
    await succeed(project, ["destroy"], withPulumi);
  });
});
