import * as assert from "assert/strict";
import * as crypto from "crypto";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { CertificatePair, createCertificates } from "../../sandbox/certificates";
import { projectFolder } from "../../tools/lib/paths";
import { hasPulumi } from "../helpers/engine";
import { helmIn } from "../helpers/helmHome";
import { LocalServer, serveRegistry } from "../helpers/servers";
import { api, Project, withoutPulumi } from "../helpers/project";

const namespace = "development";
const versions = { postgresql: "12.12.10", redis: "17.17.1" };

type InCluster = Record<string, { inCluster: { chart?: object; image?: object } }>;

// As docs/mirror.md tells it, with the charts that stand in for Bitnami's.
describe("charts and images of a mirror", function () {
  this.timeout(180_000);
  let folder: string;
  let caFile: string;
  let certificate: CertificatePair;
  let mirror: LocalServer;
  let project: Project;
  const digests: Record<string, string> = {};

  before("push the charts to a registry with a certificate of its own authority", async () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-mirror-"));
    const certificates = await createCertificates();
    certificate = certificates.loopback;
    caFile = path.join(folder, "ca.pem");
    fs.writeFileSync(caFile, certificates.ca);
    mirror = await serveRegistry(certificate);
    for (const [name, version] of Object.entries(versions)) {
      await helmIn(folder, ["package", path.join(projectFolder, "sandbox/charts", name)]);
      const push = ["push", `${name}-${version}.tgz`, `oci://${mirror.host}/charts`, "--ca-file", caFile];
      digests[name] = /^Digest: (.*)$/m.exec((await helmIn(folder, push)).all)![1];
    }
    project = Project.copy();
  });

  after(async () => {
    await npm("destroy");
    mirror.close();
    project.remove();
    fs.rmSync(folder, { recursive: true });
  });

  const npm = (command: "start" | "destroy", env = withoutPulumi()) =>
    project.run([command], { ...env, SSL_CERT_FILE: caFile });
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

  it("is refused when the chart is not the one of the digest", async () => {
    const another = `sha256:${crypto.randomBytes(32).toString("hex")}`;
    fromMirror((name) => (name === "redis" ? another : digests[name]));
    const { exitCode, output } = await npm("start");
    assert.equal(exitCode, 1, output);
    assert.match(output, /chart reference digest mismatch/);
  });

  it("is deployed by the digest, with the images of the mirror", async () => {
    fromMirror((name) => digests[name]);
    configure((databases, name) => {
      databases[`flask-app:${name}`].inCluster.image = {
        registry: "registry.example.com",
        digest: digests[name],
        pullSecrets: ["registry-login"],
      };
    });
    const { exitCode, output } = await npm("start");
    assert.equal(exitCode, 0, output);
    const { items } = await api(k8s.AppsV1Api).listNamespacedStatefulSet({ namespace });
    assert.deepEqual(
      items.map(({ spec }) => spec!.template.spec!.containers[0].image).sort(),
      ["postgresql", "redis"].map((name) => `registry.example.com/bitnamilegacy/${name}@${digests[name]}`),
    );
    for (const { spec } of items) {
      assert.equal(spec!.template.spec!.imagePullSecrets![0].name, "registry-login");
    }
    assert.match((await npm("start")).output, /nothing changed/);
  });

  it("is deployed from a folder of the repository, too", async () => {
    for (const [name, version] of Object.entries(versions)) {
      const chart = [`oci://${mirror.host}/charts/${name}`, "--version", version, "--ca-file", caFile];
      await helmIn(folder, ["pull", ...chart, "--untar", "--untardir", path.join(project.folder, "mirror")]);
    }
    configure((databases, name) => {
      databases[`flask-app:${name}`].inCluster.chart = { reference: `./mirror/${name}`, version: versions[name] };
    });
    const { exitCode, output } = await npm("start");
    assert.equal(exitCode, 0, output);
    assert.match(output, /updated +Release flask-dev-redis/);
  });

  const withEngine = "is deployed by the digest with the Pulumi CLI, and left alone the second time";
  if (hasPulumi) {
    it(withEngine, async () => {
      await npm("destroy");
      fromMirror((name) => digests[name]);
      const { exitCode, output } = await npm("start", process.env);
      assert.equal(exitCode, 0, output);
      assert.match((await npm("start", process.env)).output, /nothing changed/);
      const destroyed = await npm("destroy", process.env);
      assert.equal(destroyed.exitCode, 0, destroyed.output);
    });
  } else {
    it(`${withEngine} (skipped: pulumi is not on PATH)`);
  }
});
