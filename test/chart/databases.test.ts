import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import { V1PodTemplateSpec } from "@kubernetes/client-node";
import * as yaml from "yaml";
import { helmFullname, serviceHost } from "../../components/helmNames";
import { ReleaseInputs } from "../../sandbox/helm";
import { projectFolder } from "../../tools/lib/paths";
import { stackNames } from "../../tools/lib/stackFiles";
import { lint, Manifests, render, Values } from "../helpers/helm";
import { kubernetesFaults } from "../helpers/kubernetesSchemas";
import { deployedStacks, Stack } from "../helpers/stackValues";

/** What the program relies on in each Bitnami chart. */
const databases = {
  postgresql: {
    service: "",
    headless: "-hl",
    port: 5432,
    portName: "tcp-postgresql",
    component: "primary",
    keys: ["password", "postgres-password"],
    url: "DATABASE_URL",
    part: "primary",
    image: "docker.io/bitnamilegacy/postgresql:15.4.0-debian-11-r45",
  },
  redis: {
    service: "-master",
    headless: "-headless",
    port: 6379,
    portName: "tcp-redis",
    component: "master",
    keys: ["redis-password"],
    url: "REDIS_URL",
    part: "master",
    image: "docker.io/bitnamilegacy/redis:7.0.12-debian-11-r34",
  },
} as const;

for (const [name, contract] of Object.entries(databases)) {
  const database = name as keyof typeof databases;
  const chart = path.join(projectFolder, "sandbox/charts", name);

  describe(`the chart that stands in for Bitnami's ${name}`, function () {
    this.timeout(60_000);

    it("passes helm lint", async () => {
      const { values } = (await deployedStacks())[0][database];
      assert.match(await lint(values, { chart }), /0 chart\(s\) failed/);
    });

    it("has the version of the chart that the program asks for", async () => {
      const { version } = yaml.parse(fs.readFileSync(path.join(chart, "Chart.yaml"), "utf8")) as { version: string };
      for (const stack of await deployedStacks()) {
        assert.equal(stack[database].version, version, stack.name);
      }
    });

    it("knows every value that the program sets", async () => {
      const known = yaml.parse(fs.readFileSync(path.join(chart, "values.yaml"), "utf8")) as Values;
      for (const stack of await deployedStacks()) {
        assert.deepEqual(unknownKeys(stack[database].values, known), [], stack.name);
      }
    });

    for (const [release, fullname] of [
      ["pg-cache", `pg-cache-${name}`],
      [`my-${name}`, `my-${name}`],
    ]) {
      it(`names the objects of release ${release} ${fullname}, as the program does`, async () => {
        const { values } = (await deployedStacks())[0][database];
        const manifests = await render(values, { chart, release });
        const services = manifests.every("Service").map(({ metadata }) => metadata?.name);
        assert.deepEqual(services, [fullname + contract.service, fullname + contract.headless]);
        assert.equal(helmFullname(release, name), fullname);
      });
    }

    it("refuses an architecture that it does not have", async () => {
      const { values } = (await deployedStacks())[0][database];
      await assert.rejects(render({ ...values, architecture: "replication" }, { chart }), /only the standalone/);
    });

    it("refuses to run without the Secret of its passwords", async () => {
      const { values } = (await deployedStacks())[0][database];
      await assert.rejects(
        render({ ...values, auth: { username: "u", database: "d" } }, { chart }),
        /needs auth\.existingSecret/,
      );
    });

    if (database === "postgresql") {
      it("refuses to back up without the claim of a volume", async () => {
        const { values } = (await deployedStacks())[0][database];
        await assert.rejects(
          render({ ...values, backup: { enabled: true } }, { chart }),
          /needs backup\.cronjob\.storage\.existingClaim/,
        );
      });
    }
  });

  for (const stackName of stackNames()) {
    describe(`the ${name} chart with the values of the ${stackName} stack`, function () {
      this.timeout(60_000);
      let stack: Stack;
      let release: ReleaseInputs;
      let manifests: Manifests;

      before("render", async () => {
        stack = (await deployedStacks()).find((deployed) => deployed.name === stackName)!;
        release = stack[database];
        manifests = await render(release.values, { chart, release: release.name, namespace: stack.namespace });
      });

      it("renders manifests that are each valid by the Kubernetes schemas", async () => {
        const backup = database === "postgresql" && stackName === "production" ? ["CronJob"] : [];
        assert.deepEqual(manifests.kinds, [...backup, "Service", "Service", "StatefulSet"]);
        for (const manifest of manifests.all) {
          assert.deepEqual(await kubernetesFaults(manifest), []);
        }
      });

      it(`makes a Service for clients and a headless one, both on port ${contract.port}`, () => {
        const fullname = `${stack.app.name}-${name}`;
        const services = manifests.every("Service").map(({ metadata, spec }) => ({
          name: metadata?.name,
          headless: spec?.clusterIP === "None",
          ports: spec?.ports?.map((port) => [port.name, port.port]),
        }));
        assert.deepEqual(services, [
          { name: fullname + contract.service, headless: false, ports: [[contract.portName, contract.port]] },
          { name: fullname + contract.headless, headless: true, ports: [[contract.portName, contract.port]] },
        ]);
      });

      it("selects its pods by the labels that the contract names, and reaches their port by its name", () => {
        const { template, selector } = manifests.one("StatefulSet").spec!;
        const labels = {
          "app.kubernetes.io/name": name,
          "app.kubernetes.io/instance": release.name,
          "app.kubernetes.io/component": contract.component,
        };
        assertSubset(template.metadata?.labels, labels);
        assert.deepEqual(selector.matchLabels, labels);
        const [{ ports }] = template.spec!.containers;
        for (const { spec } of manifests.every("Service")) {
          assert.deepEqual(spec?.selector, labels);
          const target = ports?.find((port) => port.name === spec?.ports?.[0].targetPort);
          assert.equal(target?.containerPort, contract.port);
        }
      });

      it(`is reached by the host name and port that ${contract.url} holds`, () => {
        const url = new URL(stack.secrets[`${stack.app.name}-env`][contract.url]);
        const [service] = manifests.every("Service");
        assert.equal(url.hostname, serviceHost(service.metadata!.name!, stack.namespace));
        assert.equal(Number(url.port), service.spec?.ports?.[0].port);
      });

      it("is among the pods that the app's NetworkPolicy lets it connect to", async () => {
        const values = { ...stack.app.values, networkPolicy: { ...networkPolicy(stack), enabled: true } };
        const app = await render(values, { release: stack.app.name, namespace: stack.namespace });
        const { egress } = app.one("NetworkPolicy", `${stack.app.name}-flask-app`).spec as { egress: Egress[] };
        const rule = egress.find(({ ports }) => ports.some(({ port }) => port === contract.port));
        const [{ podSelector }] = rule?.to ?? [];
        assertSubset(manifests.one("StatefulSet").spec?.template.metadata?.labels, podSelector.matchLabels);
      });

      it("takes its passwords from keys that the program's Secret has", () => {
        const [{ env = [] }] = manifests.one("StatefulSet").spec!.template.spec!.containers;
        const references = env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
        assert.deepEqual(references.map(({ key }) => key).sort(), contract.keys);
        for (const reference of references) {
          assert.ok(stack.secrets[reference.name!][reference.key], reference.key);
        }
      });

      const restarts = database === "redis";
      it(`runs the image that Bitnami keeps, and ${restarts ? "restarts" : "does not restart"} it for a password`, () => {
        const { spec, metadata } = manifests.one("StatefulSet").spec!.template;
        assert.equal(spec?.containers[0].image, contract.image);
        assert.match(metadata?.annotations?.["checksum/secret"] ?? "", restarts ? /^[0-9a-f]{64}$/ : /^$/);
      });

      it("claims the storage that the stack's config asks for", () => {
        const { persistence } = release.values[contract.part] as {
          persistence: { size: string; storageClass: string };
        };
        const [claim] = manifests.one("StatefulSet").spec!.volumeClaimTemplates!;
        assert.equal(claim.spec?.resources?.requests?.storage, persistence.size);
        assert.equal(claim.spec?.storageClassName ?? "", persistence.storageClass);
      });

      if (database === "postgresql") {
        const kept = stackName === "production";
        it(`${kept ? "keeps" : "deletes"} the data's volume with the release`, () => {
          const policy = manifests.one("StatefulSet").spec?.persistentVolumeClaimRetentionPolicy;
          assert.deepEqual(policy, { whenScaled: "Retain", whenDeleted: kept ? "Retain" : "Delete" });
        });

        if (kept) {
          describe("backs up in a pod that", () => {
            let pod: V1PodTemplateSpec;

            before(() => {
              const { spec } = manifests.one("CronJob", `${release.name}-pgdumpall`);
              pod = spec!.jobTemplate.spec!.template;
            });

            it("runs the database's own image, and the very command that the program gives", () => {
              const [{ image, command }] = pod.spec!.containers;
              assert.equal(image, contract.image);
              assert.deepEqual(command, (release.values.backup as BackupValues).cronjob.command);
            });

            it("gets the superuser's password from the program's Secret, and shows it nowhere", () => {
              const env = pod.spec!.containers[0].env ?? [];
              const given = Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));
              assert.deepEqual(given, {
                PGUSER: "postgres",
                PGPASSWORD: { secretKeyRef: { name: `${release.name}-auth`, key: "postgres-password" } },
                PGHOST: release.name,
                PGPORT: "5432",
                PGDUMP_DIR: "/backup/pgdump",
              });
            });

            it("writes into the volume that the program has claimed", () => {
              assert.deepEqual(pod.spec!.volumes, [
                { name: "datadir", persistentVolumeClaim: { claimName: `${release.name}-backups` } },
              ]);
              const [{ volumeMounts }] = pod.spec!.containers;
              assert.deepEqual(
                volumeMounts?.map(({ name, mountPath }) => [name, mountPath]),
                [["datadir", "/backup/pgdump"]],
              );
            });

            it("has what the restricted Pod Security Standard asks for", () => {
              const { runAsNonRoot, allowPrivilegeEscalation, capabilities, seccompProfile } =
                pod.spec!.containers[0].securityContext ?? {};
              assert.deepEqual(
                { runAsNonRoot, allowPrivilegeEscalation, capabilities, seccompProfile },
                {
                  runAsNonRoot: true,
                  allowPrivilegeEscalation: false,
                  capabilities: { drop: ["ALL"] },
                  seccompProfile: { type: "RuntimeDefault" },
                },
              );
            });

            it("is none of those that the Services select", () => {
              assert.equal(pod.metadata?.labels?.["app.kubernetes.io/component"], "pg_dumpall");
            });
          });
        }
      }
    });
  }
}

interface BackupValues {
  cronjob: { command: string[] };
}

interface Egress {
  to?: { podSelector: { matchLabels: Record<string, string> } }[];
  ports: { port: number }[];
}

function networkPolicy(stack: Stack): Values {
  return stack.app.values.networkPolicy as Values;
}

function assertSubset(labels: Record<string, string> | undefined, wanted: Record<string, string>): void {
  assert.deepEqual({ ...labels, ...wanted }, labels);
}

/** Paths of the keys in `values` that are not in `known`; an empty object there takes any key. */
function unknownKeys(values: Values, known: Values, parent = ""): string[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${parent}.${key}`;
    const below = known[key];
    if (below === undefined) {
      return [path];
    }
    const descend = isObject(value) && isObject(below) && Object.keys(below).length > 0;
    return descend ? unknownKeys(value, below, path) : [];
  });
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
