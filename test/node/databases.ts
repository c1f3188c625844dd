import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { enterScript } from "../../sandbox/node/linuxNamespaces";
import { isReady } from "../../sandbox/pods";
import { helm, pods, until } from "../helpers/cluster";
import { api, readSecret } from "../helpers/project";
import { inPod, psql } from "./node";
import { shared } from "./shared";

const namespace = "production";
const release = "flask-prod-postgresql";
const pod = `${release}-0`;

/** Runs a query in production's PostgreSQL, at a URL. */
const query = (url: string, text: string) => inPod(pod, psql(url, text), namespace);

/** A URL of a server in production, as its superuser. The password reaches no log: it is generated for the test. */
async function superuserUrl(host: string): Promise<string> {
  const { "postgres-password": password } = await readSecret(namespace, `${release}-auth`);
  return `postgresql://postgres:${password}@${host}/postgres`;
}

/** Waits until a pod of production is ready. */
async function untilPodIsReady(name: string, other?: string): Promise<void> {
  const ready = async () => {
    const found = (await pods(namespace)).find(({ metadata }) => metadata?.name === name);
    return found !== undefined && found.metadata?.uid !== other && isReady(found);
  };
  await until(`${name} is ready`, ready, 120);
}

/** PostgreSQL and Redis in production. They run by the contract of the official images. */
export function databases(): void {
  describe("the databases of production", () => {
    let url: string;

    before(async () => {
      url = (await readSecret(namespace, "flask-prod-env")).DATABASE_URL;
    });

    it("run official images, as a user without a name or root's rights", async () => {
      for (const [name, repository] of [
        [pod, "docker.io/library/postgres:"],
        ["flask-prod-redis-master-0", "docker.io/library/redis:"],
      ]) {
        const { spec } = await api(k8s.CoreV1Api).readNamespacedPod({ namespace, name });
        assert.ok(spec!.containers[0].image!.startsWith(repository), spec!.containers[0].image);
        assert.equal(await inPod(name, ["id", "-u"], namespace), "1001");
        await assert.rejects(inPod(name, ["whoami"], namespace));
      }
      await assert.rejects(inPod(pod, ["touch", "/etc/file"], namespace), /Read-only file system/);
    });

    it("have a role for the app that owns its database, and can do nothing outside of it", async () => {
      const rights = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls";
      const found = await query(
        url,
        `SELECT current_user, current_database(), pg_get_userbyid(datdba), ${rights}
         FROM pg_database JOIN pg_roles ON rolname = current_user WHERE datname = current_database()`,
      );
      assert.equal(found, "flaskuser|flaskdb|flaskuser|f|f|f|f|f");
    });

    it("refuse a wrong password and none, also from 127.0.0.1, where a forwarded port ends, and the socket", async () => {
      const { host, username, password } = new URL(url);
      const logins = [host, "127.0.0.1:5432", "%2Fvar%2Frun%2Fpostgresql"].flatMap((server) => [
        [`${username}:${password}@${server}/flaskdb`, "accepted"],
        [`${username}:wrong@${server}/flaskdb`, "password authentication failed"],
        [`${username}@${server}/flaskdb`, "no password supplied"],
        [`postgres:wrong@${server}/postgres`, "password authentication failed"],
        [`postgres@${server}/postgres`, "no password supplied"],
      ]);
      const script = `for login; do psql "postgresql://$login" --no-password -Atc "SELECT 'accepted'" 2>&1 || true; done`;
      const output = await inPod(pod, ["sh", "-c", script, "sh", ...logins.map(([login]) => login)], namespace);
      const answers = output.split("\n").filter((line) => line !== "");
      const wrong = logins.filter(([, answer], index) => !answers[index]?.includes(answer));
      assert.equal(answers.length, logins.length, output);
      assert.deepEqual(wrong, [], output);
    });

    it("keep their data when their pods are deleted", async () => {
      const redis = "flask-prod-redis-master-0";
      const cache = (command: string) =>
        inPod(redis, ["bash", "-c", `REDISCLI_AUTH="$REDIS_PASSWORD" redis-cli ${command}`], namespace);
      const before = await query(url, "SELECT count(*), max(id) FROM predictions");
      assert.equal(await cache("set kept value"), "OK");
      for (const name of [pod, redis]) {
        const { metadata } = await api(k8s.CoreV1Api).readNamespacedPod({ namespace, name });
        await api(k8s.CoreV1Api).deleteNamespacedPod({ namespace, name });
        await untilPodIsReady(name, metadata!.uid);
      }
      assert.equal(await query(url, "SELECT count(*), max(id) FROM predictions"), before);
      assert.equal(await cache("get kept"), "value");
    });
  });

  describe("a first start of PostgreSQL that is killed", () => {
    const name = "killed-postgresql";
    const claim = `data-${name}-0`;

    after("uninstall", async () => {
      await helm("uninstall", name, "-n", namespace);
      await api(k8s.CoreV1Api).deleteNamespacedPersistentVolumeClaim({ namespace, name: claim });
    });

    it("is repeated, and ends with a server that has its databases", async () => {
      const { output } = await helm("get", "values", release, "-n", namespace, "-o", "json");
      const values = path.join(shared.project.folder, "values.json");
      fs.writeFileSync(values, output);
      const chart = path.join(shared.project.folder, "sandbox/charts/postgresql");
      const installed = await helm("install", name, chart, "-n", namespace, "-f", values);
      assert.ok(!installed.failed, installed.output);

      const volumes = path.join(shared.project.sandbox, "node/volumes");
      const unfinished = () =>
        fs.readdirSync(volumes).some((folder) => {
          const isOf = folder.startsWith(`${namespace}-${claim}-`);
          return isOf && fs.existsSync(path.join(volumes, folder, "data.new/PG_VERSION"));
        });
      await until("PostgreSQL writes its data", unfinished);
      const { status } = await api(k8s.CoreV1Api).readNamespacedPod({ namespace, name: `${name}-0` });
      const id = status!.initContainerStatuses![0].containerID!.replace("containerd://", "");
      await execa(enterScript, ["ctr", "tasks", "kill", "--all", "--signal", "SIGKILL", id]);

      await untilPodIsReady(`${name}-0`);
      const killed = await api(k8s.CoreV1Api).readNamespacedPod({ namespace, name: `${name}-0` });
      assert.equal(killed.status!.initContainerStatuses![0].restartCount, 1);
      const names = await query(await superuserUrl(name), "SELECT datname FROM pg_database ORDER BY datname");
      assert.equal(names, "postgres\ntemplate0\ntemplate1");
    });
  });
}
