import * as fs from "fs";
import * as path from "path";
import { StackFileConfig } from "../../tools/lib/stackFiles";

/** A mistake that people make, and what comes of it. */
export interface Mistake {
  /** What was done, as a row of the README's table calls it. */
  title: string;
  /** The stack whose file or chart is wrong; default: dev. */
  stack?: string;
  /** Makes it in the stack's config. */
  config?: (config: StackFileConfig) => void;
  /** Makes it in a copy of the chart. */
  chart?: (folder: string) => void;
  /** What came of it with the program in bench/naive, as seen with the Pulumi CLI: `pulumi preview`, then `pulumi up`. */
  naive: string;
  /** What `pulumi preview` says here: a part of it. */
  now: string;
}

type Section = Record<string, unknown>;

/** Changes the values for the chart. */
function app(change: (values: Record<string, Section>) => void): Pick<Mistake, "config"> {
  return { config: (config) => change(config["flask-app:app"] as Record<string, Section>) };
}

/** Sets values for the chart. */
function values(set: Section): Pick<Mistake, "config"> {
  return app((existing) => Object.assign(existing, set));
}

/** Sets another key of the config. */
function key(name: string, value: unknown): Pick<Mistake, "config"> {
  return { config: (config) => (config[`flask-app:${name}`] = value) };
}

/** Changes what PostgreSQL's config says. */
function postgresql(set: Section): Pick<Mistake, "config"> {
  return {
    config: (config) => Object.assign((config["flask-app:postgresql"] as { inCluster: Section }).inCluster, set),
  };
}

/** Replaces a text in a file of the chart. */
function edit(file: string, from: string, to: string): Pick<Mistake, "chart"> {
  return {
    chart: (folder) => {
      const name = path.join(folder, file);
      const text = fs.readFileSync(name, "utf8");
      if (!text.includes(from)) {
        throw new Error(`${file} does not hold ${from}`);
      }
      fs.writeFileSync(name, text.replace(from, to));
    },
  };
}

const service = "templates/service.yaml";
const deployment = "templates/deployment.yaml";

/** The rows of the README's table. */
export const mistakes: Mistake[] = [
  {
    title: "`replicaCout: 3`",
    ...values({ replicaCout: 3 }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.replicaCout: is not a known key; did you mean replicaCount?",
  },
  {
    title: "`healthCheck.livenesProbe`",
    ...app(({ healthCheck }) => (healthCheck.livenesProbe = {})),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.healthCheck.livenesProbe: is not a known key; did you mean livenessProbe?",
  },
  {
    title: "`resource:` for `resources:`",
    ...values({ resource: {} }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.resource: is not a known key; did you mean resources?",
  },
  {
    title: "`flask-app:ap` beside `flask-app:app`",
    ...key("ap", {}),
    naive: "green; `up`: unchanged",
    now: "flask-app:ap: is not a known key; did you mean app?",
  },
  {
    title: "`app` left out",
    config: (config) => delete config["flask-app:app"],
    naive: "Missing required configuration variable 'flask-app:app'",
    now: "flask-app:app: is missing",
  },
  {
    title: "`replicaCount: three`",
    ...values({ replicaCount: "three" }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.replicaCount: found "three", accepted: an integer',
  },
  {
    title: '`replicaCount: "3"`',
    ...values({ replicaCount: "3" }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.replicaCount: found "3", accepted: an integer',
  },
  {
    title: "`replicaCount: -1`",
    ...values({ replicaCount: -1 }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.replicaCount: found -1, which must be >= 0",
  },
  {
    title: '`flask.debug: "false"`',
    ...app(({ flask }) => (flask.debug = "false")),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.flask.debug: found "false", accepted: a boolean',
  },
  {
    title: "`flask.logLevel: WARN`",
    ...app(({ flask }) => (flask.logLevel = "WARN")),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.flask.logLevel: found "WARN", accepted: DEBUG, INFO, WARNING, ERROR, CRITICAL',
  },
  {
    title: "`image.tag: 1.10`, read as 1.1",
    ...app(({ image }) => (image.tag = 1.1)),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.image.tag: found 1.1, accepted: a string",
  },
  {
    title: "`image.pullPolicy: ifnotpresent`",
    ...app(({ image }) => (image.pullPolicy = "ifnotpresent")),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.image.pullPolicy: found "ifnotpresent", accepted: Always, IfNotPresent, Never',
  },
  {
    title: "`resources.limits.memory: 512MB`",
    ...values({ resources: { limits: { memory: "512MB" } } }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.resources.limits.memory: found "512MB", accepted: Kubernetes quantity, such as 500m, 128Mi or 2',
  },
  {
    title: "`resources.requests.cpu: 0.5cores`",
    ...values({ resources: { requests: { cpu: "0.5cores" } } }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.resources.requests.cpu: found "0.5cores", accepted: Kubernetes quantity, such as 500m, 128Mi or 2',
  },
  {
    title: "requests above limits",
    ...values({ resources: { requests: { memory: "1Gi" }, limits: { memory: "512Mi" } } }),
    naive: "green; `up`: the values contradict each other",
    now: 'resources.requests.memory: found "1Gi", accepted: at most resources.limits.memory, which is "512Mi"',
  },
  {
    title: "`minReplicas: 5`, `maxReplicas: 3`",
    ...values({ autoscaling: { enabled: true, minReplicas: 5, maxReplicas: 3 } }),
    naive: "green; `up`: the values contradict each other",
    now: "flask-app:app.autoscaling.minReplicas: found 5, accepted: at most app.autoscaling.maxReplicas, which is 3",
  },
  {
    title: "a budget of 2 with 2 replicas: no node can be drained",
    ...values({ replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 2 } }),
    naive: "green; `up`: the values contradict each other",
    now: "flask-app:app.podDisruptionBudget.minAvailable: found 2, accepted: less than the 2 pods there are at the least, or no node can ever be drained",
  },
  {
    title: "a ReadWriteOnce volume for 3 replicas",
    ...values({ replicaCount: 3, persistence: { enabled: true, accessModes: ["ReadWriteOnce"] } }),
    naive: "green; `up`: the values contradict each other",
    now: 'flask-app:app.persistence.accessModes: found ["ReadWriteOnce"], which serves one pod, but app.replicaCount is 3: set ReadWriteMany, or app.replicaCount to 1',
  },
  {
    title: "`persistence.size: 10GB`",
    ...values({ persistence: { enabled: true, size: "10GB" } }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.persistence.size: found "10GB", accepted: Size above 0, such as 500Mi or 10Gi',
  },
  {
    title: "an ingress host with its scheme, `https://…`",
    ...values({
      ingress: {
        enabled: true,
        hosts: [{ host: "https://shop.example.com", paths: [{ path: "/", pathType: "Prefix" }] }],
      },
    }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.ingress.hosts[0].host: found "https://shop.example.com", accepted: DNS host name, no IP address; an Ingress also takes a leading wildcard label',
  },
  {
    title: "an ingress path `api` without its slash",
    ...values({
      ingress: { enabled: true, hosts: [{ host: "shop.example.com", paths: [{ path: "api", pathType: "Prefix" }] }] },
    }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.ingress.hosts[0].paths[0].path: found "api", accepted: URL path, from the slash on',
  },
  {
    title: "`pathType: prefix`",
    ...values({
      ingress: { enabled: true, hosts: [{ host: "shop.example.com", paths: [{ path: "/", pathType: "prefix" }] }] },
    }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.ingress.hosts[0].paths[0].pathType: found "prefix", accepted: Exact, Prefix, ImplementationSpecific',
  },
  {
    title: "`livenessProbe.path: health`",
    ...app(({ healthCheck }) => (healthCheck.livenessProbe = { path: "health" })),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: 'flask-app:app.healthCheck.livenessProbe.path: found "health", accepted: URL path, from the slash on',
  },
  {
    title: "`service.port: 80000`",
    ...values({ service: { port: 80000 } }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.service.port: found 80000, which must be <= 65535",
  },
  {
    title: "a volume mount without its volume",
    ...values({ extraVolumeMounts: [{ name: "tmp", mountPath: "/tmp" }] }),
    naive: "green; `up`: the values contradict each other",
    now: 'extraVolumeMounts[0].name: found "tmp", which is not in extraVolumes; add the volume there',
  },
  {
    title: "`extraEnv` value `1`, a number",
    ...values({ extraEnv: [{ name: "WORKERS", value: 1 }] }),
    naive: 'green; `up`: cannot patch "flask-dev-flask-app" with kind Deployment',
    now: "chart/templates/deployment.yaml: Deployment flask-dev-flask-app: spec.template.spec.containers[0].env[0].value found 1, which must be string",
  },
  {
    title: "`nodeSelector: {gpu: true}`",
    ...values({ nodeSelector: { gpu: true } }),
    naive: "green; `up`: values don't meet the specifications of the schema",
    now: "flask-app:app.nodeSelector.gpu: found true, accepted: a string",
  },
  {
    title: "a Secret of one's own, that is not there: `existingSecret: mine`",
    ...values({ existingSecret: "mine" }),
    naive: "green; `up`: unchanged, the value is overridden",
    now: "flask-app:app.existingSecret: must not be set: the program makes that Secret",
  },
  {
    title: "namespace `Dev_1`",
    ...key("namespace", "Dev_1"),
    naive: 'Namespace "Dev_1" is invalid',
    now: 'flask-app:namespace: found "Dev_1", accepted: Namespace that the program makes and deploys to: small letters, digits and hyphens, at most 63',
  },
  {
    title: "a release name of 60 letters",
    ...key("releaseName", "a".repeat(60)),
    naive: "green; `up`: invalid release name",
    now: 'flask-app:releaseName: found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", which must NOT have more than 42 characters',
  },
  {
    title: "`timeoutSeconds: 600s`",
    ...key("timeoutSeconds", "600s"),
    naive: "green; `up` succeeds: taken for 600",
    now: 'flask-app:timeoutSeconds: found "600s", accepted: an integer',
  },
  {
    title: "`database: my-db`",
    ...postgresql({ database: "my-db" }),
    naive: "green; `up` succeeds: DATABASE_URL names a database that there is not",
    now: 'flask-app:postgresql.inCluster.database: found "my-db", accepted: PostgreSQL identifier of small letters, digits and _, other than postgres, the superuser\'s',
  },
  {
    title: "storage `size: 5G B`",
    ...postgresql({ storage: { size: "5G B" } }),
    naive: 'green; `up`: cannot patch "flask-dev-postgresql" with kind StatefulSet',
    now: 'flask-app:postgresql.inCluster.storage.size: found "5G B", accepted: Kubernetes quantity, such as 500m, 128Mi or 10Gi',
  },
  {
    title: "`storage.clas: fast`",
    ...postgresql({ storage: { size: "1Gi", clas: "fast" } }),
    naive: "green; `up`: unchanged, the default class stays",
    now: "flask-app:postgresql.inCluster.storage.clas: is not a known key; did you mean class?",
  },
  {
    title: "chart version 12.0.0 for a folder that holds 12.12.10",
    ...postgresql({ chart: { reference: "./sandbox/charts/postgresql", version: "12.0.0" } }),
    naive: "green; `up`: unchanged",
    now: "The chart in ./sandbox/charts/postgresql has version 12.12.10, not 12.0.0.",
  },
  {
    title: "`postgresql.external` beside `inCluster`",
    config: (config) => Object.assign(config["flask-app:postgresql"] as Section, { external: { host: "db" } }),
    naive: "green; `up`: unchanged, the server is not used",
    now: "flask-app:postgresql: found an object with external, inCluster, accepted: exactly one of inCluster and external",
  },
  {
    title: "an external PostgreSQL without its password",
    ...key("postgresql", { external: { host: "db.example.com", username: "ann", database: "shop" } }),
    naive: "TypeError: Cannot read properties of undefined (reading 'chart')",
    now: "flask-app:postgresql.external.password: is missing",
  },
  {
    title: "production runs `tag: latest`",
    stack: "production",
    ...app(({ image }) => (image.tag = "latest")),
    naive: "green; `up` succeeds: deployed",
    now: 'flask-app:app.image.tag: found "latest", accepted: the tag of a version, or a digest: a tag that moves brings in what nobody released (guard rail of production: fixed-images)',
  },
  {
    title: "production in debug",
    stack: "production",
    ...app(({ flask }) => (flask.debug = true)),
    naive: "green; `up` succeeds: deployed",
    now: "flask-app:app.flask.debug: found true, accepted: false: the debugger runs any code it is sent (guard rail of production: no-debug)",
  },
  {
    title: "template: `{{ if }}` without its condition",
    ...edit(service, "spec:", "spec: {{ if }}"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: "parse error at (chart/templates/service.yaml:5): missing value for if",
  },
  {
    title: "template: `{{ .Values.no.such }}`",
    ...edit(service, "spec:", "spec: {{ .Values.no.such }}"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: 'chart/templates/service.yaml:5:16: executing "chart/templates/service.yaml" at <.Values.no.such>: nil pointer evaluating interface {}.such',
  },
  {
    title: "template: a function that there is not",
    ...edit(service, "spec:", "spec: {{ nope }}"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: 'parse error at (chart/templates/service.yaml:5): function "nope" not defined',
  },
  {
    title: "template: wrong indentation",
    ...edit(service, "\nspec:\n", "\nspec:\n ports:\n"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: "chart/templates/service.yaml:6 or chart/templates/service.yaml:8: Service flask-dev-flask-app: spec.ports found",
  },
  {
    title: "template: `contianers:`",
    ...edit(deployment, "\n      containers:", "\n      contianers:"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: "chart/templates/deployment.yaml:62: Deployment flask-dev-flask-app: spec.template.spec.contianers is no field of this kind",
  },
  {
    title: "template: a value that was removed from values.yaml",
    ...edit("values.yaml", "drainSeconds: 5", "drainingSeconds: 5"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: "at '': additional properties 'drainingSeconds' not allowed",
  },
  {
    title: "template: `port: http`, a name for a number",
    ...edit(service, "port: {{ .Values.service.port }}", "port: http"),
    naive: "green; `up`: unchanged, the edit is not deployed",
    now: 'chart/templates/service.yaml:8: Service flask-dev-flask-app: spec.ports[0].port found "http", which must be integer',
  },
  {
    title: "Chart.yaml is no YAML",
    ...edit("Chart.yaml", "version:", "version: : "),
    naive: "cannot load Chart.yaml: error converting YAML to JSON",
    now: "chart/Chart.yaml cannot be read: bad indentation of a mapping entry (5:10)",
  },
];
