import * as assert from "assert/strict";
import * as fs from "fs";
import * as path from "path";
import type * as k8s from "@kubernetes/client-node";
import * as yaml from "yaml";
import { projectFolder } from "../../tools/lib/paths";
import { parseManifests } from "../../tools/lib/manifests";
import { helmTemplate, Manifests, render, Values } from "../helpers/helm";

/** Values for a chart, and what it renders with them. */
interface Case {
  chart: "postgresql" | "redis";
  title: string;
  values: Values;
  renders: unknown;
}

/**
 * What the Bitnami charts render, in the terms of {@link contract}. To compare it with the charts themselves, set
 * FLASK_APP_BITNAMI_CHARTS to a folder that has both, unpacked, as `postgresql` and `redis`.
 */
const cases = yaml.parse(fs.readFileSync(path.join(__dirname, "bitnamiCharts.yaml"), "utf8")) as Case[];
const folders: Record<string, string | undefined> = {
  "the stand-in chart": path.join(projectFolder, "sandbox/charts"),
  "the Bitnami chart": process.env.FLASK_APP_BITNAMI_CHARTS,
};

for (const [name, folder] of Object.entries(folders)) {
  const suite = folder ? describe : describe.skip;
  suite(name, function () {
    this.timeout(60_000);

    for (const { chart, title, values, renders } of cases) {
      it(`${chart} renders what is expected for ${title}`, async () => {
        const output = await helmTemplate(values, { chart: path.join(folder!, chart), release: "shop-db" });
        assert.deepEqual(contract(new Manifests(parseManifests(output))), renders);
      });
    }
  });
}

describe("a stand-in chart", function () {
  this.timeout(60_000);

  const unknown: [chart: string, values: Values, path: string][] = [
    ["postgresql", { metrics: { enabled: true } }, "at '': additional properties 'metrics' not allowed"],
    ["postgresql", { primary: { standby: {} } }, "at '/primary': additional properties 'standby' not allowed"],
    ["redis", { sentinel: { enabled: true } }, "at '': additional properties 'sentinel' not allowed"],
    ["redis", { master: { count: 2 } }, "at '/master': additional properties 'count' not allowed"],
  ];
  for (const [chart, values, message] of unknown) {
    it(`${chart} refuses a value that it would ignore: ${JSON.stringify(values)}`, async () => {
      const rendering = render(values, { chart: path.join(projectFolder, "sandbox/charts", chart) });
      await assert.rejects(rendering, (error: Error) => error.message.includes(message));
    });
  }

  for (const { chart, title, values } of cases) {
    it(`${chart} replaces its pod when the configuration changes, for ${title}`, async () => {
      const annotations = async (part: Values) => {
        const changed = { ...values, [chart === "redis" ? "master" : "primary"]: part };
        const manifests = await render(changed, { chart: path.join(projectFolder, "sandbox/charts", chart) });
        return manifests.one("StatefulSet").spec!.template.metadata!.annotations;
      };
      assert.notDeepEqual(await annotations({ configuration: "a = 1" }), await annotations({ configuration: "a = 2" }));
      assert.deepEqual(await annotations({ configuration: "a = 1" }), await annotations({ configuration: "a = 1" }));
    });
  }
});

/** Variables of Bitnami's images that have no effect in what the program deploys. The stand-in charts leave them out. */
const withoutEffect =
  /^(BITNAMI_DEBUG|ALLOW_EMPTY_PASSWORD|POSTGRESQL_(ENABLE|LOG|PGAUDIT|CLIENT|SHARED)_.*|REDIS_(TLS_ENABLED|REPLICATION_MODE))$/;

/** What matters in the manifests of a database: everything that its image, its data and the program depend on. */
function contract(manifests: Manifests) {
  const { metadata, spec } = manifests.one("StatefulSet");
  const { metadata: podMetadata, spec: pod } = spec!.template;
  const [container] = pod!.containers;
  const env = (container.env ?? []).filter(({ name }) => !withoutEffect.test(name));
  const claim = spec!.volumeClaimTemplates![0];
  const found: Record<string, unknown> = {
    name: metadata?.name,
    services: Object.fromEntries(manifests.every("Service").map(({ metadata, spec }) => [metadata?.name, spec?.ports])),
    serviceName: spec?.serviceName,
    updateStrategy: spec?.updateStrategy,
    claim: { name: claim.metadata?.name, spec: claim.spec, retained: spec?.persistentVolumeClaimRetentionPolicy },
    selector: spec?.selector.matchLabels,
    labels: podMetadata?.labels,
    annotations: Object.keys(podMetadata?.annotations ?? {}).filter((name) => !/health|secret/.test(name)),
    pod: {
      account: pod?.serviceAccountName,
      affinity: pod?.affinity,
      nodeSelector: pod?.nodeSelector,
      tolerations: pod?.tolerations,
      gracePeriod: pod?.terminationGracePeriodSeconds,
      securityContext: pod?.securityContext,
      initContainers: pod?.initContainers,
    },
    container: {
      image: container.image,
      pullPolicy: container.imagePullPolicy,
      command: container.command,
      args: container.args,
      env: Object.fromEntries(
        env.map(({ name, value, valueFrom }) => [name, value ?? `key ${valueFrom?.secretKeyRef?.key}`]),
      ),
      ports: container.ports,
      livenessProbe: container.livenessProbe,
      readinessProbe: container.readinessProbe,
      securityContext: container.securityContext,
      resources: container.resources,
      mounts: Object.fromEntries((container.volumeMounts ?? []).map(({ mountPath, name }) => [mountPath, name])),
    },
    volumes: Object.fromEntries((pod?.volumes ?? []).map(({ name, ...source }) => [name, source])),
    configMaps: Object.fromEntries(manifests.every("ConfigMap").map((map) => [map.metadata?.name, configuration(map)])),
  };
  return withoutEmpty(found);
}

/** The settings in a ConfigMap, without comments. Of scripts, only the names. */
function configuration({ data = {} }: k8s.V1ConfigMap): Record<string, string[]> {
  const files = Object.entries(data).filter(([name]) => !/^replica|^ping_.*_master|_and_master/.test(name));
  const settings = (text: string) => text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return Object.fromEntries(files.map(([name, text]) => [name, name.endsWith(".sh") ? [] : settings(text)]));
}

/** Without fields that are null or empty objects, at any depth: Kubernetes reads them like absent ones. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((item) => withoutEmpty(item));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([key, field]: [string, unknown]) => [key, withoutEmpty(field)] as const);
  const isEmpty = (field: unknown) =>
    field === undefined || field === null || (typeof field === "object" && Object.keys(field).length === 0);
  return Object.fromEntries(entries.filter(([, field]) => !isEmpty(field)));
}
