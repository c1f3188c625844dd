import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { isControlPlaneReady } from "../../sandbox/controlPlane";
import { kubeconfigFile } from "../../tools/lib/paths";
import { isDone, isReady } from "../../sandbox/pods";
import { findTool } from "../../tools/lib/binaries";
import { hasRedis, logInToPostgresql, logInToRedis, startPostgresql, startRedis } from "../helpers/databases";
import { api, Project, readSecret } from "../helpers/project";
import { releaseRecords, secretsIn, shownIn } from "../helpers/secretSearch";

const stacks = [
  { stack: "dev", namespace: "development", release: "flask-dev", pods: 1, standard: "baseline" },
  { stack: "staging", namespace: "staging", release: "flask-staging", pods: 2, standard: "restricted" },
  { stack: "production", namespace: "production", release: "flask-prod", pods: 3, standard: "restricted" },
];

for (const { stack, namespace, release, pods, standard } of stacks) {
  describe(`the ${stack} stack in the sandbox`, function () {
    this.timeout(180_000);
    const project = new Project();

    before(`npm start -- --stack ${stack}`, async () => {
      const { exitCode, output } = await project.run(["start", "--stack", stack]);
      assert.equal(exitCode, 0, output);
      assert.match(output, new RegExp(`${stack} is deployed`));
    });

    it("becomes ready: every pod of the app and of its databases", async () => {
      const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace });
      const staying = items.filter((pod) => !isDone(pod));
      const ready = staying.filter(isReady);
      assert.equal(ready.length, staying.length);
      const count = (instance: string) =>
        ready.filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === instance).length;
      assert.deepEqual([count(release), count(`${release}-postgresql`), count(`${release}-redis`)], [pods, 1, 1]);
    });

    it(`enforces the ${standard} Pod Security Standard on its namespace`, async () => {
      const { metadata } = await api(k8s.CoreV1Api).readNamespace({ name: namespace });
      assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], standard);
    });

    it("gives the app URLs that name Services which are there, with their ports", async () => {
      const { DATABASE_URL, REDIS_URL } = await readSecret(namespace, `${release}-env`);
      for (const url of [DATABASE_URL, REDIS_URL]) {
        const { hostname, port } = new URL(url);
        const [service, ...domain] = hostname.split(".");
        assert.equal(domain.join("."), `${namespace}.svc.cluster.local`);
        const { spec } = await api(k8s.CoreV1Api).readNamespacedService({ namespace, name: service });
        assert.ok(
          spec?.ports?.some((exposed) => exposed.port === Number(port)),
          `${service} has no port ${port}`,
        );
        const { items } = await api(k8s.CoreV1Api).listNamespacedPod({
          namespace,
          labelSelector: new URLSearchParams(spec?.selector).toString().replaceAll("&", ",").replaceAll("%2F", "/"),
        });
        assert.equal(items.length, 1, `${service} selects no pod`);
      }
    });

    it("gives the app a DATABASE_URL that logs in to a real PostgreSQL with the cluster's password", async () => {
      const { DATABASE_URL } = await readSecret(namespace, `${release}-env`);
      const { password } = await readSecret(namespace, `${release}-postgresql-auth`);
      const server = await startPostgresql("flaskuser", password, "flaskdb");
      try {
        const session = await logInToPostgresql(DATABASE_URL, server.port);
        assert.deepEqual(session, { user: "flaskuser", database: "flaskdb" });
        await assert.rejects(logInToPostgresql(DATABASE_URL.replace(password, "wrong"), server.port), /authentication/);
      } finally {
        await server.stop();
      }
    });

    const redisTitle = "gives the app a REDIS_URL that logs in to a real Redis with the cluster's password";
    if (hasRedis) {
      it(redisTitle, async () => {
        const { REDIS_URL } = await readSecret(namespace, `${release}-env`);
        const secret = await readSecret(namespace, `${release}-redis-auth`);
        const server = await startRedis(secret["redis-password"]);
        try {
          assert.equal(await logInToRedis(REDIS_URL, server.port), "0.87");
          const wrong = REDIS_URL.replace(secret["redis-password"], "wrong");
          await assert.rejects(logInToRedis(wrong, server.port), /WRONGPASS/);
        } finally {
          await server.stop();
        }
      });
    } else {
      it(`${redisTitle} (skipped: redis-server is not on PATH)`);
    }

    it("shows no secret in any Helm release record", async () => {
      const secrets = await secretsIn(namespace);
      assert.equal(secrets.length, 6);
      const records = await releaseRecords(namespace);
      assert.equal(records.length, 3);
      for (const record of records) {
        assert.match(record, /"manifest":/);
        assert.deepEqual(shownIn(record, secrets), []);
      }
    });

    it("changes nothing when it is deployed a second time, and says so", async () => {
      const before = await revisions(namespace);
      const { exitCode, output } = await project.run(["start", "--stack", stack]);
      assert.equal(exitCode, 0, output);
      assert.match(output, /nothing changed/);
      assert.deepEqual(await revisions(namespace), before);
    });

    it("leaves nothing when it is destroyed, and can be deployed again", async () => {
      const destroyed = await project.run(["destroy", "--stack", stack]);
      assert.equal(destroyed.exitCode, 0, destroyed.output);
      const { items: namespaces } = await api(k8s.CoreV1Api).listNamespace();
      assert.ok(!namespaces.some(({ metadata }) => metadata?.name === namespace));
      const { items: volumes } = await api(k8s.CoreV1Api).listPersistentVolume();
      assert.deepEqual(
        volumes.filter(({ spec }) => spec?.claimRef?.namespace === namespace),
        [],
      );

      const deployed = await project.run(["start", "--stack", stack]);
      assert.equal(deployed.exitCode, 0, deployed.output);
      await project.run(["destroy", "--stack", stack]);
    });
  });
}

describe("the tests' sandbox", () => {
  it("runs, whatever KUBECONFIG says", async () => {
    assert.ok(await isControlPlaneReady());
  });
});

async function revisions(namespace: string): Promise<string> {
  const helm = await findTool("helm");
  const { stdout } = await execa(helm!, ["list", "-n", namespace, "-o", "json", "--kubeconfig", kubeconfigFile]);
  return stdout;
}
