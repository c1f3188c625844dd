import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";
import { helmFullname, serviceHost } from "../../components/helmNames";
import { ReleaseInputs } from "../../tools/lib/program";
import { projectFolder } from "../../tools/lib/paths";
import { stackNames } from "../../tools/lib/stackFiles";
import { lint, Manifests, render, Values } from "../helpers/helm";
import { deployedStacks, Stack } from "../helpers/stackValues";

/** What the program relies on in each Bitnami chart. */
const databases = {
  postgresql: {
    services: ["", "-hl"],
    component: "primary",
    keys: ["postgres-password"],
    url: "DATABASE_URL",
    restarts: false,
  },
  redis: {
    services: ["-master", "-headless"],
    component: "master",
    keys: ["redis-password"],
    url: "REDIS_URL",
    restarts: true,
  },
} as const;

type DatabaseName = keyof typeof databases;

for (const [database, contract] of Object.entries(databases) as [DatabaseName, (typeof databases)[DatabaseName]][]) {
  const chart = path.join(projectFolder, "sandbox/charts", database);
  const devValues = async () => (await deployedStacks()).find(({ name }) => name === "dev")![database].values;

  describe(`the chart that stands in for Bitnami's ${database}`, function () {
    this.timeout(60_000);

    it("passes helm lint", async () => {
      assert.match(await lint(await devValues(), { chart }), /0 chart\(s\) failed/);
    });

    for (const [release, fullname] of [
      ["pg-cache", `pg-cache-${database}`],
      [`my-${database}`, `my-${database}`],
    ]) {
      it(`names the objects of release ${release} ${fullname}, as the program expects`, async () => {
        const manifests = await render(await devValues(), { chart, release });
        const services = manifests.every("Service").map(({ metadata }) => metadata?.name);
        assert.deepEqual(
          services,
          contract.services.map((suffix) => fullname + suffix),
        );
        assert.equal(helmFullname(release, database), fullname);
      });
    }

    const refused: [what: string, values: Values, error: RegExp][] = [
      ["an architecture that it does not have", { architecture: "replication" }, /only the standalone/],
      ["values without a Secret for its passwords", { auth: {} }, /needs auth\.existingSecret/],
    ];
    for (const [what, values, error] of refused) {
      it(`refuses ${what}`, async () => {
        await assert.rejects(render({ ...(await devValues()), ...values }, { chart }), error);
      });
    }
  });

  for (const stackName of stackNames()) {
    describe(`the ${database} chart with the values of the ${stackName} stack`, function () {
      this.timeout(60_000);
      let stack: Stack;
      let release: ReleaseInputs;
      let manifests: Manifests;

      before("render", async () => {
        stack = (await deployedStacks()).find(({ name }) => name === stackName)!;
        release = stack[database];
        manifests = await render(release.values, { chart, release: release.name, namespace: stack.namespace });
      });

      // It refuses values that it does not know, so rendering it has shown that it knows those of the program.
      it("has the version that the program asks for", () => {
        const { version } = yaml.parse(fs.readFileSync(path.join(chart, "Chart.yaml"), "utf8")) as Values;
        assert.equal(release.version, version);
      });

      it("selects its pods by the labels that the program names, and reaches the port they open", () => {
        const { template, selector } = manifests.one("StatefulSet").spec!;
        const labels = {
          "app.kubernetes.io/name": database,
          "app.kubernetes.io/instance": release.name,
          "app.kubernetes.io/component": contract.component,
        };
        assertSubset(template.metadata?.labels, labels);
        assert.deepEqual(selector.matchLabels, labels);
        for (const { spec } of manifests.every("Service")) {
          const [{ port, targetPort }] = spec!.ports!;
          assert.deepEqual(spec?.selector, labels);
          const opened = template.spec!.containers[0].ports?.find(({ name }) => name === targetPort);
          assert.equal(opened?.containerPort, port);
        }
      });

      it(`answers at the host and port in ${contract.url}, where the app's NetworkPolicy lets it connect`, async () => {
        const url = new URL(stack.secrets[`${stack.app.name}-env`][contract.url]);
        const [service] = manifests.every("Service");
        assert.equal(url.hostname, serviceHost(service.metadata!.name!, stack.namespace));
        assert.equal(Number(url.port), service.spec?.ports?.[0].port);

        const networkPolicy = { ...(stack.app.values.networkPolicy as Values), enabled: true };
        const where = { release: stack.app.name, namespace: stack.namespace };
        const app = await render({ ...stack.app.values, networkPolicy }, where);
        const { egress } = app.one("NetworkPolicy", `${stack.app.name}-flask-app`).spec as { egress: Egress[] };
        const rule = egress.find(({ ports }) => ports.some(({ port }) => port === Number(url.port)));
        const [{ podSelector }] = rule?.to ?? [];
        assertSubset(manifests.one("StatefulSet").spec?.template.metadata?.labels, podSelector.matchLabels);
      });

      it("reads its passwords from keys of the program's Secret", () => {
        const [{ env = [] }] = manifests.one("StatefulSet").spec!.template.spec!.containers;
        const references = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
        assert.deepEqual(references.map(({ key }) => key).sort(), contract.keys);
        for (const reference of references) {
          assert.ok(stack.secrets[reference.name!][reference.key], reference.key);
        }
      });

      it("mounts no API token, neither by its pod's own setting nor by that of its service account", () => {
        const { serviceAccountName, automountServiceAccountToken } = manifests.one("StatefulSet").spec!.template.spec!;
        const account = manifests.one("ServiceAccount");
        assert.equal(serviceAccountName, account.metadata?.name);
        assert.equal(account.automountServiceAccountToken, false);
        assert.notEqual(automountServiceAccountToken, true);
      });

      it(`${contract.restarts ? "restarts" : "does not restart"} its pod for a new password`, () => {
        const { metadata } = manifests.one("StatefulSet").spec!.template;
        assert.equal("checksum/secret" in (metadata?.annotations ?? {}), contract.restarts);
      });
    });
  }
}

describe("the postgresql chart with the values of the production stack", function () {
  this.timeout(60_000);

  it("keeps the data's volume", async () => {
    const { postgresql, namespace } = (await deployedStacks()).find(({ name }) => name === "production")!;
    const chart = path.join(projectFolder, "sandbox/charts/postgresql");
    const manifests = await render(postgresql.values, { chart, release: postgresql.name, namespace });
    const { persistentVolumeClaimRetentionPolicy } = manifests.one("StatefulSet").spec!;
    assert.equal(persistentVolumeClaimRetentionPolicy?.whenDeleted, "Retain");
  });
});

describe("the redis chart with the values of the production stack", function () {
  this.timeout(60_000);

  it("gives Redis the program's configuration, and restarts its pod when that changes", async () => {
    const { redis, namespace } = (await deployedStacks()).find(({ name }) => name === "production")!;
    const chart = path.join(projectFolder, "sandbox/charts/redis");
    const renderWith = (values: Values) => render(values, { chart, release: redis.name, namespace });
    const manifests = await renderWith(redis.values);
    const { configuration } = redis.values.master as { configuration: string };
    assert.match(configuration, /^maxmemory 100663296$/m);
    const { data } = manifests.one("ConfigMap", `${redis.name}-configuration`);
    assert.ok(data?.["master.conf"].includes(configuration), data?.["master.conf"]);

    const checksum = (of: Manifests) =>
      of.one("StatefulSet").spec!.template.metadata!.annotations!["checksum/configmap"];
    const changed = await renderWith({
      ...redis.values,
      master: { ...(redis.values.master as Values), configuration: "" },
    });
    assert.notEqual(checksum(changed), checksum(manifests));
  });
});

interface Egress {
  to?: { podSelector: { matchLabels: Record<string, string> } }[];
  ports: { port: number }[];
}

function assertSubset(labels: Record<string, string> | undefined, wanted: Record<string, string>): void {
  assert.deepEqual({ ...labels, ...wanted }, labels);
}
