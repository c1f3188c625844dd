import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { execa } from "execa";
import { Manifest } from "../../components/checks/manifestFaults";
import { withStandInCharts } from "../../tools/lib/bitnamiCharts";
import { projectFolder } from "../../tools/lib/paths";
import { readStackFile } from "../../tools/lib/stackFiles";
import { allManifests, renderStack } from "../../tools/manifests/stackManifests";
import { inTemporaryFolder, render } from "../helpers/helm";
import { allows, Endpoint, podTemplate, Port, runningPods } from "../helpers/networkPolicies";
import { everySection } from "./sections";

const https: Port = { port: 443, protocol: "TCP" };

/** Pods that the stack does not run, and a host outside the cluster. */
const others: Record<string, Endpoint> = {
  "a stranger in the namespace": { ip: "10.244.9.1", pod: { namespace: "production", labels: { app: "stranger" } } },
  "a stranger in another namespace": { ip: "10.244.9.2", pod: { namespace: "shop", labels: {} } },
  "a pod with the app's labels in another namespace": {
    ip: "10.244.9.3",
    pod: {
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "flask-app", "app.kubernetes.io/instance": "flask-prod" },
    },
  },
  "the Ingress controller": { ip: "10.244.9.4", pod: { namespace: "ingress-nginx", labels: {} } },
  Prometheus: { ip: "10.244.9.5", pod: { namespace: "monitoring", labels: {} } },
  DNS: { ip: "10.244.9.6", pod: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } } },
  "cert-manager's solver": {
    ip: "10.244.9.7",
    pod: { namespace: "production", labels: { "acme.cert-manager.io/http01-solver": "true" } },
  },
  "the internet": { ip: "203.0.113.7" },
};

/** Ports of those that others connect to. For the rest, any port will do. */
const portsOfOthers: Record<string, Port[]> = {
  DNS: [{ port: 53, protocol: "UDP" }],
  "cert-manager's solver": [{ port: 8089, protocol: "TCP" }],
};

/** Renders production with a worker, a migration and a model fetch, and possibly other values of the app. */
async function renderProduction(values: Record<string, unknown> = {}): Promise<Manifest[]> {
  const file = withStandInCharts(readStackFile("production"));
  Object.assign(file.config["flask-app:app"] as object, {
    migration: { enabled: true, command: ["flask", "db", "upgrade"] },
    worker: { enabled: true, command: ["celery", "worker"] },
    mlModel: { enabled: true, volume: { type: "emptyDir" }, fetch: { enabled: true, command: ["fetch"] } },
    ...values,
  });
  return allManifests(await renderStack({ stack: "production", config: file.config, folder: projectFolder }));
}

/**
 * Who reaches whom: for each source, the destinations of which the policies allow a port. What lies outside the namespace
 * reaches each other in any case, so it is left out.
 */
function reachable(manifests: Manifest[]): Record<string, string[]> {
  const pods = runningPods(manifests);
  const all = { ...Object.fromEntries(pods.map(({ owner, endpoint }) => [owner, endpoint])), ...others };
  const ports = { ...Object.fromEntries(pods.map((pod) => [pod.owner, pod.ports])), ...portsOfOthers };
  const isInside = (name: string) => all[name].pod?.namespace === "production";
  const reaches = (from: string, to: string) => {
    const wanted = ports[to] && ports[to].length > 0 ? ports[to] : [https];
    return wanted.some((port) => allows(manifests, all[from], all[to], port));
  };
  const names = Object.keys(all);
  return Object.fromEntries(
    names.map((from) => [
      from,
      names.filter((to) => to !== from && (isInside(from) || isInside(to)) && reaches(from, to)),
    ]),
  );
}

const app = "Deployment flask-prod-flask-app";
const postgresql = "StatefulSet flask-prod-postgresql";
const redis = "StatefulSet flask-prod-redis-master";
const solver = "cert-manager's solver";

describe("the network of production", function () {
  this.timeout(60_000);

  it("is reachable only as far as each pod needs it", async () => {
    assert.deepEqual(reachable(await renderProduction()), {
      [app]: [postgresql, redis, "DNS"],
      "Deployment flask-prod-flask-app-worker": [postgresql, redis, "DNS"],
      "Job flask-prod-flask-app-migration": [postgresql, redis, "DNS"],
      "Pod flask-prod-flask-app-test": [app, "DNS"],
      [postgresql]: [],
      "CronJob flask-prod-postgresql-backup": [postgresql, "DNS"],
      "CronJob flask-prod-postgresql-restore": [postgresql, "DNS"],
      "Job flask-prod-postgresql-password": [postgresql, "DNS"],
      [redis]: [],
      "a stranger in the namespace": [],
      "a stranger in another namespace": [],
      "a pod with the app's labels in another namespace": [],
      "the Ingress controller": [app, solver],
      Prometheus: [app, solver],
      DNS: [],
      [solver]: [],
      "the internet": [],
    });
  });

  it("lets the app and its model fetch, which share a pod, connect to what networkPolicy.egress says", async () => {
    const egress = [{ ports: [{ port: 443 }], to: [{ ipBlock: { cidr: "203.0.113.0/24" } }] }];
    const table = reachable(await renderProduction({ networkPolicy: { enabled: true, egress } }));
    assert.deepEqual(table[app], [postgresql, redis, "DNS", "the internet"]);
    assert.deepEqual(table["CronJob flask-prod-postgresql-backup"], [postgresql, "DNS"]);
  });

  it("resolves names and admits visitors where the values of the app say, for every pod", async () => {
    const inShop = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } }];
    const networkPolicy = { enabled: true, dnsPeers: inShop, ingressFrom: inShop };
    const table = reachable(await renderProduction({ networkPolicy }));
    assert.ok(Object.values(table).every((destinations) => !destinations.includes("DNS")));
    assert.ok(table["a stranger in another namespace"].includes(app));
    assert.ok(table["a stranger in another namespace"].includes(solver));
    assert.ok(!table["the Ingress controller"].includes(app));
  });
});

describe("the pods of production", function () {
  this.timeout(60_000);

  it("get no token for the Kubernetes API, neither by their own setting nor by that of their service account", async () => {
    const manifests = await renderProduction();
    const accounts = manifests.filter(({ kind }) => kind === "ServiceAccount");
    const mounts = (account: string) =>
      accounts.find(({ metadata }) => metadata.name === account)?.automountServiceAccountToken ?? true;
    const pods = manifests.flatMap((manifest) => {
      const spec = podTemplate(manifest)?.spec;
      const isMounted = spec?.automountServiceAccountToken ?? mounts(spec?.serviceAccountName ?? "default");
      return spec ? [[`${manifest.kind} ${manifest.metadata.name}`, isMounted]] : [];
    });
    assert.equal(pods.length, 9);
    assert.deepEqual(
      pods.filter(([, isMounted]) => isMounted),
      [],
    );
  });
});

describe("the init container that waits until a policy admits its pod", () => {
  for (const [url, address] of [
    ["postgresql://ann:p%40ss@db.example.com:6432/orders?sslmode=require", "db.example.com 6432"],
    ["postgresql://ann:p@10.1.2.3:5432?sslmode=require", "10.1.2.3 5432"],
    ["http://shop-flask-app:8000", "shop-flask-app 8000"],
  ]) {
    it(`connects to ${address} until it succeeds`, async () => {
      assert.deepEqual(await runWait(url, 3), { exitCode: 0, asked: Array<string>(3).fill(`-w 2 ${address}`) });
    });
  }

  it("asks nobody without a URL, and goes on if the server never answers", async () => {
    assert.deepEqual(await runWait("", 1), { exitCode: 0, asked: [""] });
    const { exitCode, asked } = await runWait("http://shop-flask-app:8000", 99);
    assert.deepEqual([exitCode, asked.length], [0, 15]);
  });
});

/** Runs the init container's command with a fake `nc` that records its arguments and succeeds at its n-th call. */
async function runWait(url: string, succeedsAt: number): Promise<{ exitCode: number | undefined; asked: string[] }> {
  const [{ command }] = (await render({ networkPolicy: { enabled: true } })).one("Pod").spec!.initContainers!;
  return inTemporaryFolder(async (folder) => {
    const log = path.join(folder, "log");
    fs.writeFileSync(log, "");
    const nc = `#!/bin/sh\necho "$@" >> ${log}\n[ "$(wc -l < ${log})" -ge ${succeedsAt} ]\n`;
    fs.writeFileSync(path.join(folder, "nc"), nc, { mode: 0o755 });
    fs.writeFileSync(path.join(folder, "sleep"), "#!/bin/sh\n", { mode: 0o755 });
    const env = { PATH: `${folder}:${process.env.PATH}`, URL: url };
    const { exitCode } = await execa(command![0], command!.slice(1), { env, reject: false });
    return { exitCode, asked: fs.readFileSync(log, "utf8").trim().split("\n") };
  });
}

describe("the chart's own policies", () => {
  it("cover every pod of the chart in both directions, also without the program", async () => {
    const { all } = await render(everySection, { namespace: "production" });
    const manifests = all.map((manifest) => ({
      ...manifest,
      metadata: { ...manifest.metadata, namespace: "production" },
    }));
    const pods = runningPods(manifests);
    assert.ok(pods.length >= 3);
    for (const { owner, endpoint } of pods) {
      const stranger = others["a stranger in the namespace"];
      assert.ok(!allows(manifests, stranger, endpoint, https), `${owner} admits a stranger`);
      assert.ok(!allows(manifests, endpoint, stranger, https), `${owner} reaches a stranger`);
    }
  });
});
