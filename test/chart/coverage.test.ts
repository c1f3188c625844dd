import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import * as yaml from "yaml";
import { Branch, instrument, parseActions, renderInstrumented, template } from "./coverage";
import { appChart, Values, withCopyOfChart } from "../helpers/helm";
import { printNotes } from "./printedNotes";
import { everySection } from "./sections";

/** Operands of `with` and `range` that are never empty. */
const neverEmpty = [
  ".",
  ".Values.autoscaling",
  ".Values.database",
  ".Values.healthCheck",
  ".Values.image",
  ".Values.ingress.hosts",
  ".Values.migration",
  ".root.Values.mlModel",
  ".root.Values.mlModel.fetch",
  ".Values.mlModel",
  ".Values.persistence",
  ".Values.podDisruptionBudget",
  ".Values.redis",
  ".Values.serviceMonitor",
  ".Values.strategy",
  ".paths",
  'dict "resources" .Values.resources "migration.resources" .Values.migration.resources "worker.resources" .Values.worker.resources',
  'list "database" "redis"',
];

const readWriteOnce = { enabled: true, accessModes: ["ReadWriteOnce"] };
const named = { name: "more" };
const migration = { enabled: true, command: ["migrate"] };

/** Values that turn on every part of the chart and change every default. */
const everything = yaml.parse(fs.readFileSync(path.join(__dirname, "everything.yaml"), "utf8")) as Values;

/** Values and arguments of Helm that together take every branch. */
const renderings: { values: Values; args?: string[] }[] = [
  { values: {} },
  { values: everySection },
  { values: {}, args: ["--kube-version", "1.29.0"] },
  { values: everything },
  {
    // Every list and map that has content by default is empty.
    values: {
      ...everySection,
      drainSeconds: 0,
      podSecurityContext: { seccompProfile: null },
      securityContext: { allowPrivilegeEscalation: null },
      resources: { limits: null, requests: null },
      networkPolicy: { enabled: true, ingressFrom: [], metricsFrom: [], dnsPeers: [] },
      serviceMonitor: { enabled: true, port: 9090 },
      autoscaling: { enabled: true, targetMemoryUtilizationPercentage: 0 },
    },
  },
  {
    values: {
      ...everySection,
      existingSecret: "env",
      hardened: true,
      serviceAccount: { create: false },
      persistence: { enabled: true, existingClaim: "data" },
      strategy: { type: "Recreate" },
      healthCheck: { livenessProbe: { enabled: false } },
      service: { type: "LoadBalancer" },
      ingress: {},
      image: { tag: "latest" },
    },
  },
  {
    values: {
      fullnameOverride: "web",
      lifecycle: { preStop: { sleep: { seconds: 1 } } },
      service: { type: "NodePort" },
      flask: { debug: true, secretKey: "{{ .Values.key }}" },
    },
  },
  { values: { nameOverride: "shop", flask: { env: "staging", secretKey: "change-me-in-production" } } },
  { values: { mlModel: { enabled: true, volume: { type: "emptyDir" } } } },
  { values: { migration } },
  { values: { migration, networkPolicy: { enabled: true } } },
  {
    values: {
      migration,
      networkPolicy: { enabled: true },
      extraEnv: [named, { name: "DATABASE_URL", value: "postgresql://db/shop" }],
    },
  },
  { values: { initContainers: [named], persistence: { enabled: true, retain: true } } },
  { values: { replicaCount: 1, strategy: { type: "Recreate" }, persistence: readWriteOnce } },
  { values: { replicaCount: null, worker: { enabled: true, command: ["work"], replicaCount: null } } },
  { values: { worker: { enabled: true, command: ["work"] }, sidecars: [named], networkPolicy: { enabled: true } } },
  { values: { test: { command: ["wget"] }, healthCheck: { livenessProbe: { exec: { command: ["check"] } } } } },
  { values: { test: { args: ["--all"] } } },
  {
    values: {
      service: { extraPorts: [{ name: "prom", port: 9102 }] },
      serviceMonitor: { enabled: true, port: "prom" },
      networkPolicy: { enabled: true },
    },
  },
  {
    values: {
      healthCheck: {
        livenessProbe: { tcpSocket: { port: 80 } },
        readinessProbe: { scheme: "HTTPS", httpHeaders: [{ name: "Host", value: "shop" }] },
      },
    },
  },
  // Refused, each for as many contradictions as go together.
  {
    values: {
      flask: { secretKey: "change-me-in-production" },
      database: { enabled: true },
      persistence: readWriteOnce,
      podDisruptionBudget: { enabled: true, minAvailable: "100%" },
      mlModel: {
        enabled: true,
        modelPath: "/data/model.pkl",
        volume: { type: "existingClaim" },
        fetch: { enabled: true },
      },
      migration: { enabled: true, serviceAccountName: "shop-flask-app" },
      drainSeconds: 30,
      service: { extraPorts: [{ name: "http", port: 80 }] },
      serviceMonitor: { enabled: true, port: "prom" },
      healthCheck: {
        livenessProbe: { grpc: { port: 9000 }, exec: { command: ["check"] } },
        readinessProbe: { exec: { command: ["check"] }, scheme: "HTTPS" },
      },
      extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
      resources: { limits: { cpu: "50m" } },
      strategy: { rollingUpdate: { maxSurge: 0 } },
      worker: { enabled: true },
      autoscaling: {
        enabled: true,
        external: true,
        minReplicas: 11,
        targetCPUUtilizationPercentage: 0,
        targetMemoryUtilizationPercentage: 0,
      },
    },
  },
  { values: { persistence: readWriteOnce, podDisruptionBudget: { enabled: true, minAvailable: 2 } } },
  {
    values: {
      replicaCount: null,
      persistence: readWriteOnce,
      podDisruptionBudget: { enabled: true, minAvailable: "100%" },
    },
  },
  {
    values: {
      replicaCount: 1,
      persistence: { ...readWriteOnce, mountPath: "/" },
      resources: { requests: { "nvidia.com/gpu": 1 } },
      mlModel: { enabled: true, modelPath: null },
    },
  },
  { values: { podDisruptionBudget: { enabled: true, maxUnavailable: 1, minAvailable: 2 } } },
  { values: { podDisruptionBudget: { enabled: true, minAvailable: null } } },
];

describe("the branches of the chart's templates", function () {
  this.timeout(60_000);
  let folder: string;
  let chart: string;
  let branches: Branch[];

  before("instrument a copy of the chart", () => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-coverage-"));
    chart = path.join(folder, "flask-app");
    fs.cpSync(appChart, chart, { recursive: true });
    branches = instrument(chart, neverEmpty);
  });

  after("remove the copy", () => fs.rmSync(folder, { recursive: true }));

  it("are each taken by at least one rendering", async () => {
    const missed = new Set(branches);
    for (const { values, args } of renderings) {
      const { taken } = await renderInstrumented(chart, values, args);
      taken.forEach((index) => missed.delete(branches[index]));
    }
    const covered = branches.length - missed.size;
    const percent = Math.floor((100 * covered) / branches.length);
    console.log(`      template branches covered: ${covered} of ${branches.length} (${percent} %)`);
    assert.deepEqual([...missed].map(({ place, condition }) => `${place}: ${condition}`).join("\n"), "");
  });

  // Without a key, each rendering has another one.
  const flask = { secretKey: "s3cr3t" };
  for (const { title, values } of [
    { title: "the default values", values: { flask } },
    { title: "every section", values: { ...everySection, flask } },
  ]) {
    it(`record themselves without changing the output: ${title}`, async () => {
      await withCopyOfChart(async (plain) => {
        const instrumented = path.join(path.dirname(plain), "instrumented");
        fs.cpSync(chart, instrumented, { recursive: true });
        printNotes(plain);
        printNotes(instrumented);
        assert.equal((await renderInstrumented(instrumented, values)).manifests, await template(plain, values));
      });
    });
  }

  it("are recorded only when they are taken", async () => {
    const taken = async (values: Values) =>
      (await renderInstrumented(chart, values)).taken
        .map((index) => branches[index])
        .filter(({ place }) => place.startsWith("templates/serviceaccount.yaml:"))
        .map(({ condition }) => condition);
    const condition = "if .Values.serviceAccount.create";
    assert.deepEqual(await taken({}), [condition]);
    assert.deepEqual(await taken({ serviceAccount: { create: false } }), [`not ${condition}`]);
  });

  it("are found next to comments, strings with delimiters, and line breaks in an action", () => {
    const codes = (template: string) => parseActions(template).map(({ code }) => code);
    assert.deepEqual(codes('{{- /* {{ if "a }} */ -}} {{ if eq "}}" `{{"` }}'), [
      '/* {{ if "a }} */',
      'if eq "}}" `{{"`',
    ]);
    assert.deepEqual(codes(`{{ "\\"}}" }}{{- include "a"\n  . -}}`), ['"\\"}}"', 'include "a"\n  .']);
  });
});
