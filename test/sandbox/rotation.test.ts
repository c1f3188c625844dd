import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { podIds, secretValues, succeed } from "../helpers/cluster";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { api, Project } from "../helpers/project";

const namespace = "development";
const selectors = {
  app: "app.kubernetes.io/instance=flask-dev",
  postgresql: "app.kubernetes.io/component=primary",
  redis: "app.kubernetes.io/component=master",
};
type Part = keyof typeof selectors;

/** The values that each rotation changes, the new password first, and the parts whose pods it restarts. */
const rotations: { key: string; changes: [string, ...string[]]; restarts: Part[] }[] = [
  {
    key: "postgresql",
    changes: ["flask-dev-postgresql-auth password", "flask-dev-env DATABASE_URL"],
    restarts: ["app"],
  },
  {
    key: "redis",
    changes: ["flask-dev-redis-auth redis-password", "flask-dev-env REDIS_URL"],
    restarts: ["app", "redis"],
  },
  { key: "secretKey", changes: ["flask-dev-env SECRET_KEY"], restarts: ["app"] },
];

describe("rotation in the sandbox", function () {
  this.timeout(600_000);
  let project: Project;

  before("deploy dev from a copy of the project", async () => {
    project = Project.copy();
    await succeed(project, ["start"]);
  });

  after(async () => {
    await project.run(["destroy"]);
    project.remove();
  });

  it("starts with a Job that ran once, before the app was installed", async () => {
    const { status } = await passwordJob();
    assert.equal(status?.succeeded, 1);
    const { metadata } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name: "flask-dev-env" });
    assert.ok(status.completionTime! <= metadata!.creationTimestamp!);
  });

  for (const { key, changes, restarts } of rotations) {
    it(`changes only ${changes.join(" and ")} for rotation.${key}, and restarts only ${restarts.join(" and ")}`, async () => {
      const before = await state();
      project.configure("dev", (config) => {
        config["flask-app:rotation"] = { ...(config["flask-app:rotation"] as object), [key]: "2026-11-24" };
      });
      const output = await succeed(project, ["start"]);

      const after = await state();
      const changed = Object.keys(before.values).filter((name) => after.values[name] !== before.values[name]);
      assert.deepEqual(changed.sort(), [...changes].sort());
      const [password, ...urls] = changes;
      assert.match(after.values[password], /^[A-Za-z0-9]{32,64}$/);
      urls.forEach((url) => assert.ok(after.values[url].includes(after.values[password])));
      const parts = Object.keys(selectors) as Part[];
      const restarted = parts.filter((part) => after.pods[part].every((id) => !before.pods[part].includes(id)));
      assert.deepEqual(restarted, restarts);
      assert.equal(after.job !== before.job, key === "postgresql", output);

      const [secret, valueKey] = password.split(" ");
      const { metadata } = await api(k8s.CoreV1Api).readNamespacedSecret({ namespace, name: secret });
      assert.equal(metadata?.annotations?.[`rotation.flask-app/${valueKey}`], "2026-11-24");
    });
  }

  it("changes nothing when the stack is deployed again, and leaves no drift", async () => {
    const before = await state();
    assert.match(await succeed(project, ["start"]), /nothing changed/);
    assert.deepEqual(await state(), before);
    await commit(project);
    const { stdout, stderr } = await manifestsCommand(project, ["drift", "dev", "--sandbox"]);
    assert.equal(stdout, "No manifest changes.", stderr);
  });

  it("replaces the Job for another image of PostgreSQL, and keeps the password", async () => {
    const before = await state();
    project.configure("dev", (config) => {
      const { inCluster } = config["flask-app:postgresql"] as { inCluster: object };
      Object.assign(inCluster, { image: { tag: "15.5.0" } });
    });
    await succeed(project, ["start"]);
    const after = await state();
    assert.notEqual(after.job, before.job);
    assert.match((await passwordJob()).spec?.template.spec?.containers[0].image ?? "", /:15\.5\.0$/);
    assert.deepEqual(after.values, before.values);
  });
});

/** The values of the stack's Secrets, and the ids of its pods and of its Job. */
async function state() {
  const pods = {
    app: await podIds(namespace, selectors.app),
    postgresql: await podIds(namespace, selectors.postgresql),
    redis: await podIds(namespace, selectors.redis),
  };
  const secrets = ["flask-dev-env", "flask-dev-postgresql-auth", "flask-dev-redis-auth"];
  return { values: await secretValues(namespace, secrets), pods, job: (await passwordJob()).metadata?.uid };
}

function passwordJob(): Promise<k8s.V1Job> {
  return api(k8s.BatchV1Api).readNamespacedJob({ namespace, name: "flask-dev-postgresql-password" });
}
