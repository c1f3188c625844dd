import assert from "node:assert/strict";
import { stackNames } from "../../tools/lib/stackFiles";
import {
  find,
  names,
  ofType,
  passwordForms,
  passwordOf,
  ProgramRun,
  runStack,
  shownToHelm,
  valuesOf,
} from "../helpers/program";

/** The guide's settings of a stack, and what follows from its names. */
interface ExpectedStack {
  release: string;
  namespace: string;
  podSecurity: string;
  timeout: number;
  protect: boolean;
  volumes: { postgresql: object; redis: object };
  whenDeleted: string;
  /** When PostgreSQL is backed up; undefined: never. */
  backup?: string;
  ingressUrl: string | undefined;
  networkPolicy: true | undefined;
  /** Values of the app's chart that the guide's file for this environment sets. */
  guide: Record<string, unknown>;
}

const stacks: Record<string, ExpectedStack> = {
  dev: {
    release: "flask-dev",
    namespace: "development",
    podSecurity: "baseline",
    timeout: 300,
    protect: false,
    volumes: { postgresql: { size: "1Gi", storageClass: "" }, redis: { size: "1Gi", storageClass: "" } },
    whenDeleted: "Delete",
    ingressUrl: undefined,
    networkPolicy: undefined,
    guide: {
      replicaCount: 1,
      // The guide's tag `dev` is for an image of your own; without one, dev runs the chart's default image.
      image: { pullPolicy: "Always" },
      flask: { env: "development", debug: true, logLevel: "DEBUG" },
      resources: { limits: { cpu: "100m", memory: "128Mi" }, requests: { cpu: "50m", memory: "64Mi" } },
    },
  },
  staging: {
    release: "flask-staging",
    namespace: "staging",
    podSecurity: "restricted",
    timeout: 300,
    protect: false,
    volumes: { postgresql: { size: "5Gi", storageClass: "" }, redis: { size: "1Gi", storageClass: "" } },
    whenDeleted: "Delete",
    ingressUrl: "http://flask-staging.example.com/",
    networkPolicy: undefined,
    guide: {
      replicaCount: 2,
      image: { repository: "registry.company.com/flask-app", tag: "staging" },
      flask: { env: "staging", debug: false, logLevel: "INFO" },
      resources: {
        limits: { cpu: "200m", memory: "256Mi", "ephemeral-storage": "1Gi" },
        requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "100Mi" },
      },
      autoscaling: { enabled: true, minReplicas: 2, maxReplicas: 5 },
      ingress: {
        enabled: true,
        hosts: [{ host: "flask-staging.example.com", paths: [{ path: "/", pathType: "Prefix" }] }],
      },
    },
  },
  production: {
    release: "flask-prod",
    namespace: "production",
    podSecurity: "restricted",
    timeout: 600,
    protect: true,
    volumes: {
      postgresql: { size: "20Gi", storageClass: "fast-ssd" },
      redis: { size: "2Gi", storageClass: "fast-ssd" },
    },
    whenDeleted: "Retain",
    backup: "0 2 * * *",
    ingressUrl: "https://api.example.com/",
    networkPolicy: true,
    guide: {
      replicaCount: 3,
      image: { repository: "registry.company.com/flask-app", tag: "v1.0.0", pullPolicy: "IfNotPresent" },
      flask: { env: "production", debug: false, logLevel: "WARNING" },
      resources: {
        limits: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
        requests: { cpu: "250m", memory: "256Mi", "ephemeral-storage": "100Mi" },
      },
      autoscaling: { enabled: true, minReplicas: 3, maxReplicas: 20, targetCPUUtilizationPercentage: 70 },
      ingress: {
        enabled: true,
        className: "nginx",
        annotations: {
          "cert-manager.io/cluster-issuer": "letsencrypt-prod",
          "nginx.ingress.kubernetes.io/ssl-redirect": "true",
        },
        hosts: [{ host: "api.example.com", paths: [{ path: "/", pathType: "Prefix" }] }],
        tls: [{ secretName: "flask-app-tls", hosts: ["api.example.com"] }],
      },
      persistence: { enabled: true, size: "10Gi", storageClass: "fast-ssd" },
      podDisruptionBudget: { enabled: true, minAvailable: 2 },
      serviceMonitor: { enabled: true, interval: "30s" },
    },
  },
};

describe("The stacks", () => {
  it("are dev, staging and production", () => {
    assert.deepEqual(stackNames().sort(), Object.keys(stacks).sort());
  });
});

for (const [stack, expected] of Object.entries(stacks)) {
  const { release, namespace, guide, whenDeleted } = expected;

  describe(`The ${stack} stack`, function () {
    this.timeout(20_000);
    let run: ProgramRun;

    before(async () => {
      run = await runStack(stack);
    });

    it("is a namespace, two databases and the app, and nothing else", () => {
      assert.deepEqual(
        names(run.registrations),
        [
          `Namespace ${namespace}`,
          "Postgresql postgresql",
          `RandomPassword ${release}-postgresql-auth-password`,
          `RandomPassword ${release}-postgresql-auth-postgres-password`,
          `Secret ${release}-postgresql-auth`,
          ...(expected.backup ? [`PersistentVolumeClaim ${release}-postgresql-backups`] : []),
          `Release ${release}-postgresql`,
          `Job ${release}-postgresql-password`,
          "Redis redis",
          `RandomPassword ${release}-redis-auth-redis-password`,
          `Secret ${release}-redis-auth`,
          `Release ${release}-redis`,
          "FlaskApp app",
          `RandomPassword ${release}-env-SECRET_KEY`,
          `Secret ${release}-env`,
          `Release ${release}`,
        ].sort(),
      );
    });

    it(`enforces the ${expected.podSecurity} Pod Security Standard in the namespace ${namespace}`, () => {
      assert.deepEqual(find(run, `Namespace ${namespace}`).inputs.metadata, {
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": expected.podSecurity },
      });
    });

    it(`gives every release its exact name in ${namespace}, and ${expected.timeout} seconds`, () => {
      const releases = ofType(run, "Release").map(({ inputs }) => [inputs.name, inputs.namespace, inputs.timeout]);
      assert.deepEqual(releases.sort(), [
        [release, namespace, expected.timeout],
        [`${release}-postgresql`, namespace, expected.timeout],
        [`${release}-redis`, namespace, expected.timeout],
      ]);
    });

    it("hands the app the guide's settings, and switches on no other part of the chart", () => {
      const parts = ["autoscaling", "ingress", "persistence", "podDisruptionBudget", "serviceMonitor", "mlModel"];
      const compared = [...parts, ...Object.keys(guide)];
      const entries = Object.entries(valuesOf(run, release)).filter(([key]) => compared.includes(key));
      assert.deepEqual(Object.fromEntries(entries), guide);
      const { enabled } = valuesOf(run, release).networkPolicy as { enabled?: boolean };
      assert.equal(enabled, expected.networkPolicy);
    });

    it(`has a volume for each database; PostgreSQL's ${whenDeleted === "Retain" ? "outlives" : "goes with"} its release`, () => {
      const postgresql = valuesOf(run, `${release}-postgresql`) as { primary: Record<string, unknown> };
      const redis = valuesOf(run, `${release}-redis`) as { master: Record<string, unknown> };
      assert.deepEqual(postgresql.primary.persistence, expected.volumes.postgresql);
      assert.deepEqual(redis.master.persistence, expected.volumes.redis);
      assert.deepEqual(postgresql.primary.persistentVolumeClaimRetentionPolicy, {
        enabled: true,
        whenScaled: "Retain",
        whenDeleted,
      });
    });

    it(`${expected.backup ? "backs PostgreSQL up every night" : "makes no backup, which it does not ask for"}`, () => {
      const { backup } = valuesOf(run, `${release}-postgresql`) as { backup?: { cronjob: { schedule: string } } };
      assert.equal(backup?.cronjob.schedule, expected.backup);
    });

    it("makes the namespace first, then each Secret, then the Release that reads it", () => {
      for (const secret of ofType(run, "Secret")) {
        assert.ok(secret.dependencies.includes(`Namespace ${namespace}`), secret.resource);
      }
      const secrets = { [release]: "env", [`${release}-postgresql`]: "auth", [`${release}-redis`]: "auth" };
      for (const [name, suffix] of Object.entries(secrets)) {
        const { dependencies } = find(run, `Release ${name}`);
        assert.ok(dependencies.includes(`Namespace ${namespace}`), name);
        assert.ok(dependencies.includes(`Secret ${name}-${suffix}`), name);
      }
    });

    it("installs the app after both databases, and these side by side", () => {
      const releasesBefore = (name: string) =>
        find(run, `Release ${name}`).dependencies.filter((dependency) => dependency.startsWith("Release "));
      assert.deepEqual(releasesBefore(release), [`Release ${release}-postgresql`, `Release ${release}-redis`]);
      assert.deepEqual(releasesBefore(`${release}-postgresql`), []);
      assert.deepEqual(releasesBefore(`${release}-redis`), []);
    });

    it("gives the app a password when PostgreSQL has taken it", () => {
      assert.ok(find(run, `Secret ${release}-env`).dependencies.includes(`Job ${release}-postgresql-password`));
    });

    it("shows Helm no password and no secret, in none of its releases", () => {
      const forms = passwordForms(run);
      assert.equal(forms.length, 12);
      assert.deepEqual(shownToHelm(run, forms), []);
      assert.deepEqual(
        ofType(run, "Release").flatMap(({ secretPaths }) => secretPaths),
        [],
      );
    });

    it("tells its releases, namespace, host names and URLs", () => {
      const { releases, namespace: namespaceOutput, urls, databaseHost } = run.outputs;
      assert.deepEqual(releases.value, {
        app: release,
        postgresql: `${release}-postgresql`,
        redis: `${release}-redis`,
      });
      assert.equal(namespaceOutput.value, namespace);
      assert.deepEqual(urls.value, {
        service: `http://${release}-flask-app.${namespace}.svc.cluster.local`,
        ingress: expected.ingressUrl,
      });
      assert.equal(databaseHost.value, `${release}-postgresql.${namespace}.svc.cluster.local`);
    });

    it("gives the app both connection URLs, the only outputs that are secret", () => {
      const password = encodeURIComponent(passwordOf(`${release}-postgresql-auth-password`));
      const redisPassword = encodeURIComponent(passwordOf(`${release}-redis-auth-redis-password`));
      const domain = `${namespace}.svc.cluster.local`;
      const databaseUrl = `postgresql://flaskuser:${password}@${release}-postgresql.${domain}:5432/flaskdb`;
      const redisUrl = `redis://:${redisPassword}@${release}-redis-master.${domain}:6379/0`;
      assert.deepEqual(Object.fromEntries(Object.entries(run.outputs).filter(([, { secret }]) => secret)), {
        databaseUrl: { value: databaseUrl, secret: true },
        redisUrl: { value: redisUrl, secret: true },
      });
      assert.deepEqual(find(run, `Secret ${release}-env`).inputs.stringData, {
        SECRET_KEY: passwordOf(`${release}-env-SECRET_KEY`),
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
      });
    });

    if (expected.protect) {
      it("protects the namespace, the databases and their passwords, but never the app", () => {
        assert.deepEqual(names(run.registrations.filter(({ protect }) => !protect)), [
          "FlaskApp app",
          `Job ${release}-postgresql-password`,
          `RandomPassword ${release}-env-SECRET_KEY`,
          `Release ${release}`,
          `Secret ${release}-env`,
        ]);
      });
    } else {
      it("protects nothing, so that it can be destroyed", () => {
        assert.deepEqual(names(run.registrations.filter(({ protect }) => protect)), []);
      });
    }
  });
}

describe("The production stack's app", function () {
  this.timeout(20_000);
  let values: Record<string, unknown>;

  before(async () => {
    values = valuesOf(await runStack("production"), "flask-prod");
  });

  it("lets only the two databases' pods be reached under its NetworkPolicy", () => {
    const pods = (name: string, component: string, port: number) => ({
      to: [
        {
          podSelector: {
            matchLabels: {
              "app.kubernetes.io/name": name,
              "app.kubernetes.io/instance": `flask-prod-${name}`,
              "app.kubernetes.io/component": component,
            },
          },
        },
      ],
      ports: [{ port, protocol: "TCP" }],
    });
    assert.deepEqual(values.networkPolicy, {
      enabled: true,
      egress: [pods("postgresql", "primary", 5432), pods("redis", "master", 6379)],
    });
  });

  it("has what the restricted Pod Security Standard asks of its config", () => {
    assert.equal(values.hardened, true);
    assert.deepEqual(values.service, { targetPort: 8080 });
  });
});
