import * as assert from "assert/strict";
import * as k8s from "@kubernetes/client-node";
import { isDone, isReady } from "../../sandbox/pods";
import { helm, pods, succeed } from "../helpers/cluster";
import { api, Project, readSecret } from "../helpers/project";

const stacks = [
  { stack: "dev", namespace: "development", release: "flask-dev", replicas: 1, standard: "baseline" },
  { stack: "staging", namespace: "staging", release: "flask-staging", replicas: 2, standard: "restricted" },
  { stack: "production", namespace: "production", release: "flask-prod", replicas: 3, standard: "restricted" },
];

for (const { stack, namespace, release, replicas, standard } of stacks) {
  describe(`the ${stack} stack in the sandbox`, function () {
    this.timeout(600_000);
    const project = new Project();
    const start = () => succeed(project, ["start", "--stack", stack]);

    before("deploy it", async () => {
      assert.match(await start(), new RegExp(`${stack} is deployed`));
    });

    it("becomes ready: every pod of the app and of its databases", async () => {
      const running = (await pods(namespace)).filter((pod) => !isDone(pod));
      assert.ok(running.every(isReady));
      const count = (instance: string) =>
        running.filter(({ metadata }) => metadata?.labels?.["app.kubernetes.io/instance"] === instance).length;
      assert.deepEqual([release, `${release}-postgresql`, `${release}-redis`].map(count), [replicas, 1, 1]);
    });

    it(`enforces the ${standard} Pod Security Standard in its namespace`, async () => {
      const { metadata } = await api(k8s.CoreV1Api).readNamespace({ name: namespace });
      assert.equal(metadata?.labels?.["pod-security.kubernetes.io/enforce"], standard);
    });

    it("gives the app URLs of Services that exist, with their ports and the databases' passwords", async () => {
      const { DATABASE_URL, REDIS_URL } = await readSecret(namespace, `${release}-env`);
      const postgresql = await readSecret(namespace, `${release}-postgresql-auth`);
      const redis = await readSecret(namespace, `${release}-redis-auth`);
      for (const [text, password] of [
        [DATABASE_URL, postgresql.password],
        [REDIS_URL, redis["redis-password"]],
      ]) {
        const url = new URL(text);
        assert.equal(url.password, password);
        const [service, ...domain] = url.hostname.split(".");
        assert.equal(domain.join("."), `${namespace}.svc.cluster.local`);
        const { spec } = await api(k8s.CoreV1Api).readNamespacedService({ namespace, name: service });
        assert.ok(spec?.ports?.some(({ port }) => port === Number(url.port)));
        const selector = Object.entries(spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
        assert.equal((await pods(namespace, selector.join())).length, 1, `${service} selects no pod`);
      }
    });

    it("changes nothing when it is deployed a second time, and says so", async () => {
      const revisions = async () => (await helm("list", "-n", namespace, "-o", "json")).output;
      const before = await revisions();
      assert.match(await start(), /nothing changed/);
      assert.equal(await revisions(), before);
    });

    it("leaves nothing when it is destroyed, and can be deployed again", async () => {
      await succeed(project, ["destroy", "--stack", stack]);
      const { items: namespaces } = await api(k8s.CoreV1Api).listNamespace();
      assert.ok(!namespaces.some(({ metadata }) => metadata?.name === namespace));
      const { items: volumes } = await api(k8s.CoreV1Api).listPersistentVolume();
      assert.ok(!volumes.some(({ spec }) => spec?.claimRef?.namespace === namespace));
      await start();
      await succeed(project, ["destroy", "--stack", stack]);
    });
  });
}
