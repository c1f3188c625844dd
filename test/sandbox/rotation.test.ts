import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { api, Project, readSecret } from "../helpers/project";

const namespace = "development";
const pods = {
  app: "app.kubernetes.io/instance=flask-dev",
  postgresql: "app.kubernetes.io/component=primary",
  redis: "app.kubernetes.io/component=master",
} as const;
type Part = keyof typeof pods;

/** What a rotation changes, and whose pods restart for it. */
const rotations: { key: string; secret: string; value: string; restarts: Part[]; also?: string[] }[] = [
  {
    key: "postgresql",
    secret: "flask-dev-postgresql-auth",
    value: "password",
    restarts: ["app"],
    also: ["flask-dev-env DATABASE_URL"],
  },
  {
    key: "redis",
    secret: "flask-dev-redis-auth",
    value: "redis-password",
    restarts: ["redis", "app"],
    also: ["flask-dev-env REDIS_URL"],
  },
  { key: "secretKey", secret: "flask-dev-env", value: "SECRET_KEY", restarts: ["app"] },
];

describe("rotation in the sandbox", function () {
  this.timeout(120_000);
  let project: Project;

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await start();
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  it("has had the database's Job run once, before the app was installed", async () => {
    const { status } = await passwordJob();
    assert.equal(status?.succeeded, 1);
    const { metadata } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name: "flask-dev-env" });
    assert.ok(status.completionTime! <= metadata!.creationTimestamp!);
  });

  for (const { key, secret, value, restarts, also = [] } of rotations) {
    it(`changes ${secret} ${value} and restarts ${restarts.join(" and ")} for rotation.${key}, and nothing else`, async () => {
      const [valuesBefore, podsBefore, jobBefore] = [await secretValues(), await podIds(), await passwordJob()];
      project.configure("dev", (config) => {
        config["flask-app:rotation"] = { ...(config["flask-app:rotation"] as object), [key]: "2026-11-24" };
      });
      const output = await start();

      const [valuesAfter, podsAfter, jobAfter] = [await secretValues(), await podIds(), await passwordJob()];
      const changed = Object.keys(valuesBefore).filter((name) => valuesAfter[name] !== valuesBefore[name]);
      assert.deepEqual(changed.sort(), [`${secret} ${value}`, ...also].sort());
      assert.match(valuesAfter[`${secret} ${value}`], /^[A-Za-z0-9]{32,64}$/);
      for (const name of also) {
        assert.ok(valuesAfter[name].includes(valuesAfter[`${secret} ${value}`]));
      }
      const restarted = (Object.keys(pods) as Part[]).filter((part) =>
        podsAfter[part].every((id) => !podsBefore[part].includes(id)),
      );
      assert.deepEqual(restarted.sort(), [...restarts].sort());
      assert.equal(jobAfter.metadata?.uid !== jobBefore.metadata?.uid, key === "postgresql", output);

      const { metadata } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name: secret });
      assert.equal(metadata?.annotations?.[`rotation.flask-app/${value}`], "2026-11-24");
    });

    it(`is done once for rotation.${key}: a second deployment changes nothing`, async () => {
      const [valuesBefore, podsBefore] = [await secretValues(), await podIds()];
      assert.match(await start(), /nothing changed/);
      assert.deepEqual(await secretValues(), valuesBefore);
      assert.deepEqual(await podIds(), podsBefore);
    });
  }

  it("leaves no drift", async () => {
    await commit(project);
    const { stdout, stderr } = await manifestsCommand(project, ["drift", "dev", "--sandbox"]);
    assert.equal(stdout, "No manifest changes.", stderr);
  });

  it("makes the Job anew for another image of PostgreSQL, with the password as it is", async () => {
    const [valuesBefore, jobBefore] = [await secretValues(), await passwordJob()];
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: object };
      Object.assign(inCluster, { image: { tag: "15.5.0" } });
    });
    await start();
    const jobAfter = await passwordJob();
    assert.notEqual(jobAfter.metadata?.uid, jobBefore.metadata?.uid);
    assert.match(jobAfter.spec?.template.spec?.containers[0].image ?? "", /:15\.5\.0$/);
    assert.deepEqual(await secretValues(), valuesBefore);
  });

  it("keeps every password when pods are added, and when a change fails", async () => {
    const valuesBefore = await secretValues();
    project.configure("dev", (config) => Object.assign(config["flask-app:app"] as object, { replicaCount: 2 }));
    await start();
    assert.deepEqual(await secretValues(), valuesBefore);

    // A StatefulSet's claims are fixed from its creation on.
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: { storage: { size: string } } };
      inCluster.storage.size = "2Gi";
    });
    const { exitCode, output } = await project.run(["start"]);
    assert.notEqual(exitCode, 0);
    assert.match(output, /helm upgrade flask-dev-postgresql: .*spec\.volumeClaimTemplates/s);
    assert.deepEqual(await secretValues(), valuesBefore);
  });

  async function start(): Promise<string> {
    const { exitCode, output } = await project.run(["start"]);
    assert.equal(exitCode, 0, output);
    return output;
  }
});

function passwordJob(): Promise<k8s.V1Job> {
  return api(k8s.BatchV1Api).readNamespacedJob({ namespace, name: "flask-dev-postgresql-password" });
}

/** Every value of the stack's Secrets, by Secret and key. */
async function secretValues(): Promise<Record<string, string>> {
  const names = ["flask-dev-env", "flask-dev-postgresql-auth", "flask-dev-redis-auth"];
  const secrets = await Promise.all(names.map((name) => readSecret(namespace, name)));
  return Object.fromEntries(
    secrets.flatMap((secret, index) => Object.entries(secret).map(([key, value]) => [`${names[index]} ${key}`, value])),
  );
}

/** Identities of the pods that are not on their way out, by what they run. */
async function podIds(): Promise<Record<Part, string[]>> {
  const ids = async (labelSelector: string) => {
    const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace, labelSelector });
    const staying = items.filter(({ metadata }) => !metadata?.deletionTimestamp);
    return staying.map(({ metadata }) => metadata!.uid!).sort();
  };
  return { app: await ids(pods.app), postgresql: await ids(pods.postgresql), redis: await ids(pods.redis) };
}
