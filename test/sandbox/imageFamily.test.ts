import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { secretValues, succeed } from "../helpers/cluster";
import { api, Project, readSecret } from "../helpers/project";

const namespace = "development";
const bitnami = {
  postgresql: { repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" },
  redis: { repository: "bitnamilegacy/redis", tag: "7.0.12-debian-11-r34" },
};
const official = ["docker.io/library/postgres:15.19-bookworm", "docker.io/library/redis:7.2.16-bookworm"];

/** Settings of a database in the cluster, for these tests. */
interface Settings {
  image?: object;
  adoptVolume?: string;
}

describe("a stack whose volumes Bitnami's images created, in the sandbox", function () {
  this.timeout(600_000);
  let project: Project;

  const configure = (postgresql: Settings, redis: Settings) =>
    project.configure("dev", (config) => {
      for (const [name, settings] of Object.entries({ postgresql, redis })) {
        const { inCluster } = config[`flask-app:${name}`] as { inCluster: Settings };
        delete inCluster.image;
        delete inCluster.adoptVolume;
        Object.assign(inCluster, settings);
      }
    });

  before("deploy dev with those images", async () => {
    project = Project.copy();
    configure({ image: bitnami.postgresql }, { image: bitnami.redis });
    await succeed(project, ["start"]);
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  it("moves with adoptVolume in one deployment, and keeps its claims and its passwords", async () => {
    const secrets = ["flask-dev-postgresql-auth", "flask-dev-redis-auth", "flask-dev-env"];
    const before = { claims: await claims(), values: await secretValues(namespace, secrets) };
    configure({ adoptVolume: "bitnami" }, { adoptVolume: "bitnami" });
    await succeed(project, ["start"]);
    assert.deepEqual(await images(), official);
    assert.deepEqual({ claims: await claims(), values: await secretValues(namespace, secrets) }, before);
  });

  it("changes nothing when it is deployed again, with adoptVolume and without", async () => {
    assert.match(await succeed(project, ["start"]), /nothing changed/);
    configure({}, {});
    assert.match(await succeed(project, ["start"]), /nothing changed/);
  });

  it("goes back for PostgreSQL", async () => {
    configure({ image: bitnami.postgresql, adoptVolume: "official" }, {});
    await succeed(project, ["start"]);
    assert.deepEqual(await images(), ["docker.io/bitnamilegacy/postgresql:15.4.0-debian-11-r45", official[1]]);
  });

  it("may change PostgreSQL's user and database, which a new Job creates", async () => {
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: object };
      Object.assign(inCluster, { username: "shop", database: "orders" });
    });
    await succeed(project, ["start"]);
    const { DATABASE_URL: url } = await readSecret(namespace, "flask-dev-env");
    assert.match(url, /^postgresql:\/\/shop:[^@]+@.*\/orders$/);
    const job = await api(k8s.BatchV1Api).readNamespacedJob({ namespace, name: "flask-dev-postgresql-password" });
    const { env } = job.spec!.template.spec!.containers[0];
    assert.deepEqual(
      ["ROLE", "DATABASE"].map((name) => env?.find((variable) => variable.name === name)?.value),
      ["shop", "orders"],
    );
  });
});

/** The images of the databases, in alphabetical order. */
async function images(): Promise<(string | undefined)[]> {
  const { items } = await api(k8s.AppsV1Api).listNamespacedStatefulSet({ namespace });
  return items.map(({ spec }) => spec!.template.spec!.containers[0].image).sort();
}

/** The ids of the claims of volumes. */
async function claims(): Promise<(string | undefined)[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPersistentVolumeClaim({ namespace });
  return items.map(({ metadata }) => metadata?.uid).sort();
}
