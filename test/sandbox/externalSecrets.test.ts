import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { checkReferences } from "../../components/checks/clusterReferences";
import { Manifest } from "../../components/checks/manifestFaults";
import { ObjectApi } from "../../components/cluster/objectApi";
import { sandboxClient } from "../../sandbox/controlPlane";
import { assertFailed, deleteNamespace, podIds, succeed, until, writeSecret } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { pulumi } from "../helpers/engine";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { api, Project, readSecret, withoutPulumi } from "../helpers/project";
import { yamlBlocks } from "../helpers/yamlBlocks";

const namespace = "development";
const database = "app-db-app";

/** The Secret that CloudNativePG creates for an app. */
function cloudNativePgSecret(password: string) {
  const uri = `postgresql://app:${password}@app-db-rw.${namespace}:5432/app`;
  const login = { username: "app", user: "app", password, host: "app-db-rw", port: "5432", dbname: "app" };
  return { ...login, uri, "jdbc-uri": `jdbc:${uri}`, pgpass: `app-db-rw:5432:app:app:${password}` };
}

/** A definition of a kind that accepts every object. */
function definition(group: string, version: string, kind: string): Manifest {
  const plural = `${kind.toLowerCase()}s`;
  const openAPIV3Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [{ name: version, served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}

const tools: [name: string, env: () => NodeJS.ProcessEnv][] = [
  ["without the Pulumi CLI", withoutPulumi],
  ["with the Pulumi CLI", () => process.env],
];

for (const [tool, env] of tools) {
  const usesEngine = tool === "with the Pulumi CLI";
  describeWith(
    usesEngine ? ["pulumi"] : [],
    `a database whose URL is in another tool's Secret, deployed ${tool},`,
    function () {
      this.timeout(600_000);
      let project: Project;
      const start = () => succeed(project, ["start"], env());
      const pods = (component: string) => podIds(namespace, component);
      const appPods = () => pods("app.kubernetes.io/name=flask-app");

      before("deploy dev before the Secret exists", async () => {
        project = Project.copy();
        project.configure("dev", (config) => {
          config["flask-app:postgresql"] = { external: { secret: { name: database } } };
          config["flask-app:redis"] = { external: { secret: { name: database, key: "redis" } } };
        });
        await start();
      });

      after(async () => {
        await succeed(project, ["destroy"], env());
        project.remove();
      });

      it("is in the pods' environment by reference, and not in the app's own Secret", async () => {
        const name = "flask-dev-flask-app";
        const { spec } = await api(k8s.AppsV1Api).readNamespacedDeployment({ name, namespace });
        assert.deepEqual(
          spec!.template.spec!.containers[0].env!.map(({ name, valueFrom }) => [name, { ...valueFrom?.secretKeyRef }]),
          [
            ["DATABASE_URL", { name: database, key: "uri" }],
            ["REDIS_URL", { name: database, key: "redis" }],
          ],
        );
        assert.deepEqual(Object.keys(await readSecret(namespace, "flask-dev-env")), ["SECRET_KEY"]);
      });

      if (usesEngine) {
        it("is missed by the next preview, and so is its key", async () => {
          const preview = async () => {
            const { exitCode, all } = await pulumi(project, ["preview", "--non-interactive", "--stack", "dev"], false);
            return { exitCode: exitCode ?? -1, output: all };
          };
          const message = `the namespace ${namespace} has no Secret ${database}; create it first`;
          assertFailed(await preview(), "The cluster lacks what the stack needs:", message);
          await writeSecret(namespace, database, { password: "s3cret-1" });
          assertFailed(
            await preview(),
            `the Secret ${database} has no key "uri"; it has password`,
            `the Secret ${database} has no key "redis"; it has password`,
          );
        });
      }

      it("restarts the app's pods once it is there, and not again", async () => {
        const before = await appPods();
        await writeSecret(namespace, database, {
          ...cloudNativePgSecret("s3cret-1"),
          redis: "rediss://:s3cret-r@cache:6379",
        });
        assert.match(await start(), usesEngine ? /Release flask-dev updated/ : /updated +Release flask-dev$/m);
        const after = await appPods();
        assert.ok(after.every((id) => !before.includes(id)));
        assert.match(await start(), /nothing changed/);
        assert.deepEqual(await appPods(), after);
      });

      it("restarts them when its password was rotated, which drift reports before", async () => {
        const before = await appPods();
        await writeSecret(namespace, database, {
          ...cloudNativePgSecret("s3cret-2"),
          redis: "rediss://:s3cret-r@cache:6379",
        });
        await commit(project);
        const { stdout, stderr } = await manifestsCommand(project, ["drift", "dev", "--sandbox"]);
        assert.match(stdout, /checksum\/secret/, stderr);
        assert.doesNotMatch(stdout, /s3cret/);
        await start();
        await until("the pods are replaced", async () => (await appPods()).every((id) => !before.includes(id)));
        const again = await manifestsCommand(project, ["drift", "dev", "--sandbox"]);
        assert.equal(again.stdout, "No manifest changes.", again.stderr);
      });

      if (usesEngine) {
        it("is nowhere in Pulumi's state", async () => {
          const { stdout } = await pulumi(project, ["stack", "export", "--show-secrets", "--stack", "dev"]);
          assert.match(stdout, /::flask-dev-env-SECRET_KEY"/);
          assert.doesNotMatch(stdout, /s3cret/);
        });
      }

      it("is refused without the keys of a login", async () => {
        const redis = (external: object) =>
          project.configure("dev", (config) => (config["flask-app:redis"] = { external }));
        redis({ host: "cache", secret: { name: database, passwordKey: "pw" } });
        const refused = await project.run(["start"], env());
        // The stack file is needed again to destroy the stack.
        redis({ secret: { name: database, key: "redis" } });
        const has = "dbname, host, jdbc-uri, password, pgpass, port, redis, uri, user, username";
        assertFailed(
          refused,
          `flask-app:redis.external.secret.passwordKey: found "pw", accepted: a key of the Secret ${database}, which has ${has}`,
        );
      });
    },
  );
}

describe("the objects of docs/external-databases.md", function () {
  this.timeout(600_000);
  const objects = yamlBlocks("docs/external-databases.md").filter(
    (block) => "apiVersion" in block,
  ) as unknown as Manifest[];
  const definitions = [
    definition("postgresql.cnpg.io", "v1", "Cluster"),
    definition("external-secrets.io", "v1", "ExternalSecret"),
  ];
  const client = () => sandboxClient().makeApiClient(ObjectApi);

  before("create the namespace, under the restricted standard, and the operators' kinds", async () => {
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await client().apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "production", labels } }, "test");
    for (const manifest of definitions) {
      await client().apply(manifest, "test");
    }
    await until("the kinds are served", async () => {
      const served = definitions.map(({ spec }) => {
        const { group, versions, names } = spec as {
          group: string;
          versions: { name: string }[];
          names: { kind: string };
        };
        return client().hasKind(`${group}/${versions[0].name}`, names.kind);
      });
      return (await Promise.all(served)).every(Boolean);
    });
  });

  after(async () => {
    for (const manifest of definitions) {
      await client().delete(manifest);
    }
    await deleteNamespace("production");
  });

  for (const [index, object] of objects.entries()) {
    it(`has ${object.kind} ${object.metadata.name} (${index + 1}), which the API server accepts`, async () => {
      const accepted = await client().apply(object, "test", "All");
      assert.equal(accepted.kind, object.kind);
    });
  }

  it("has a Job whose pod the restricted standard admits", async () => {
    const job = objects.find(({ kind }) => kind === "Job")!;
    const { template } = job.spec as { template: { metadata: object; spec: object } };
    const metadata = { ...template.metadata, name: "move", namespace: "production" };
    await client().apply({ apiVersion: "v1", kind: "Pod", metadata, spec: template.spec }, "test", "All");
  });

  it("makes the Secrets of a stack, so that they are not missed", async () => {
    const secretKeyRef = { name: "app-db", key: "uri" };
    const container = { name: "app", image: "app:1", env: [{ name: "DATABASE_URL", valueFrom: { secretKeyRef } }] };
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "app", namespace: "production" },
      spec: { containers: [container] },
    };
    const external = objects.find(({ kind }) => kind === "ExternalSecret")!;
    assert.deepEqual((await checkReferences(sandboxClient(), [pod, external])).missing, []);
    assert.deepEqual((await checkReferences(sandboxClient(), [pod])).missing, [
      "Pod app: spec.containers[0].env[0].valueFrom.secretKeyRef: the namespace production has no Secret app-db; create it first",
    ]);
  });
});
