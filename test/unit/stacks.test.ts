import assert from "node:assert/strict";
import { isDeepStrictEqual } from "util";
import { StackFileConfig, stackNames } from "../../sandbox/stackFiles";
import {
  checksumOf,
  find,
  ofType,
  passwordForms,
  passwordOf,
  ProgramRun,
  Registration,
  runStack,
  shownToHelm,
  valuesOf,
} from "./program";

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
      // The guide's tag `dev` is of an image of your own.
      image: { repository: "tiangolo/uwsgi-nginx-flask", tag: "python3.9", pullPolicy: "Always" },
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
      // The guide's claim has no access mode; 3 to 20 pods can only share ReadWriteMany.
      persistence: { enabled: true, size: "10Gi", storageClass: "fast-ssd", accessModes: ["ReadWriteMany"] },
      podDisruptionBudget: { enabled: true, minAvailable: 2 },
      serviceMonitor: { enabled: true, interval: "30s" },
    },
  },
};

function names(registrations: Registration[]): string[] {
  return registrations.map(({ resource }) => resource).sort();
}

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
    assert.deepEqual(values.podSecurityContext, {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
    });
    assert.deepEqual(values.securityContext, { capabilities: { drop: ["ALL"] }, readOnlyRootFilesystem: true });
    assert.deepEqual(values.service, { targetPort: 8080 });
  });
});

describe("A stack with databases outside the cluster", function () {
  this.timeout(20_000);
  const databaseUrl = "postgresql://ann:p%40ss@db.example.com:6432/orders?sslmode=verify-full";
  const redisUrl = "rediss://:w%2Frd@cache.example.com:6379/0";
  let run: ProgramRun;

  function useServers(config: StackFileConfig): void {
    config["flask-app:postgresql"] = {
      external: {
        host: "db.example.com",
        port: 6432,
        username: "ann",
        database: "orders",
        password: "p@ss",
        sslMode: "verify-full",
        cidrs: ["10.1.0.0/16"],
      },
    };
    config["flask-app:redis"] = { external: { host: "cache.example.com", password: "w/rd", tls: true } };
  }

  before(async () => {
    run = await runStack("production", useServers);
  });

  it("is a namespace and the app: nothing is registered for the databases", () => {
    assert.deepEqual(names(run.registrations), [
      "FlaskApp app",
      "Namespace production",
      "RandomPassword flask-prod-env-SECRET_KEY",
      "Release flask-prod",
      "Secret flask-prod-env",
    ]);
  });

  it("gives the app the servers' URLs, by its Secret only", () => {
    const { stringData } = find(run, "Secret flask-prod-env").inputs as { stringData: Record<string, string> };
    assert.deepEqual([stringData.DATABASE_URL, stringData.REDIS_URL], [databaseUrl, redisUrl]);
    assert.deepEqual(shownToHelm(run, ["p@ss", "p%40ss", "w/rd", "w%2Frd"]), []);
  });

  it("lets the app reach the servers' networks and ports", () => {
    const { egress } = valuesOf(run, "flask-prod").networkPolicy as { egress: object[] };
    assert.deepEqual(egress, [
      { to: [{ ipBlock: { cidr: "10.1.0.0/16" } }], ports: [{ port: 6432, protocol: "TCP" }] },
      { to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 6379, protocol: "TCP" }] },
    ]);
  });

  it("tells no release of theirs, and keeps their URLs secret", () => {
    const { releases, databaseHost, databaseUrl: database, redisUrl: redis } = run.outputs;
    assert.deepEqual(releases.value, { app: "flask-prod", postgresql: undefined, redis: undefined });
    assert.equal(databaseHost.value, "db.example.com");
    assert.deepEqual(database, { value: databaseUrl, secret: true });
    assert.deepEqual(redis, { value: redisUrl, secret: true });
  });

  it("may have one database outside and the other in the cluster", async () => {
    const mixed = await runStack("dev", (config) => {
      config["flask-app:redis"] = { external: { host: "cache.example.com" } };
    });
    assert.deepEqual(names(ofType(mixed, "Release")), ["Release flask-dev", "Release flask-dev-postgresql"]);
    assert.equal(mixed.outputs.redisUrl.value, "redis://cache.example.com:6379/0");
  });
});

describe("A changed stack", function () {
  this.timeout(20_000);

  it("restarts the app when the database gets a new password, and only the pods that use it", async () => {
    const before = await runStack("dev");
    const passwords = (name: string) => (name === "flask-dev-postgresql-auth-password" ? "new" : passwordOf(name));
    const after = await runStack("dev", undefined, { passwords });
    const restarted = ["flask-dev", "flask-dev-postgresql", "flask-dev-redis"].filter(
      (release) => checksumOf(before, release) !== checksumOf(after, release),
    );
    assert.deepEqual(restarted, ["flask-dev"]);
  });

  it("has the inputs of every resource as they were, where nothing is rotated", async () => {
    const inputs = ({ registrations }: ProgramRun) => registrations.map(({ resource, inputs }) => [resource, inputs]);
    const without = await runStack("production");
    const empty = await runStack("production", (config) => {
      config["flask-app:rotation"] = {};
    });
    assert.deepEqual(Object.fromEntries(inputs(empty)), Object.fromEntries(inputs(without)));
    assert.doesNotMatch(JSON.stringify(inputs(without)), /keepers|rotation/);
  });

  it("keeps every password, whatever else changes", async () => {
    const passwords = (run: ProgramRun) =>
      ofType(run, "RandomPassword").map(({ name, inputs, parent, protect }) => ({ name, inputs, parent, protect }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    const before = passwords(await runStack("dev")).sort(byName);
    assert.equal(before.length, 4);
    const after = await runStack("dev", (config) => {
      config["flask-app:timeoutSeconds"] = 77;
      config["flask-app:podSecurity"] = "privileged";
      Object.assign(config["flask-app:app"] as object, { replicaCount: 5, image: { repository: "mine", tag: "v2" } });
      config["flask-app:postgresql"] = {
        inCluster: { username: "ann", database: "orders", storage: { size: "9Gi" }, image: { tag: "15.5.0" } },
      };
      config["flask-app:redis"] = { inCluster: { storage: { size: "9Gi", class: "fast-ssd" }, image: { tag: "7.2" } } };
    });
    assert.deepEqual(passwords(after).sort(byName), before);
  });

  const rotations = [
    ["postgresql", "RandomPassword flask-prod-postgresql-auth-password", "Secret flask-prod-postgresql-auth"],
    ["redis", "RandomPassword flask-prod-redis-auth-redis-password", "Secret flask-prod-redis-auth"],
    ["secretKey", "RandomPassword flask-prod-env-SECRET_KEY", "Secret flask-prod-env"],
  ];
  for (const [key, password, secret] of rotations) {
    it(`makes one new password alone for rotation.${key}, which is the only thing to lose its protection`, async () => {
      const before = await runStack("production");
      const after = await runStack("production", (config) => {
        config["flask-app:rotation"] = { [key]: "2026-11-24" };
      });
      const changed = after.registrations
        .filter(({ resource, inputs }) => !isDeepStrictEqual(inputs, find(before, resource).inputs))
        .map(({ resource }) => resource);
      assert.deepEqual(changed.sort(), [password, secret]);
      const unprotected = names(after.registrations.filter(({ protect }) => !protect));
      const unprotectedBefore = names(before.registrations.filter(({ protect }) => !protect));
      assert.deepEqual(unprotected, [...new Set([...unprotectedBefore, password])].sort());
    });
  }

  it("registers nothing when its config is wrong", async () => {
    const registrations: Registration[] = [];
    const run = runStack(
      "dev",
      (config) => {
        config["flask-app:protect"] = "yes";
      },
      { registrations },
    );
    await assert.rejects(run, {
      message:
        'Pulumi.dev.yaml has a fault; nothing was changed:\n  flask-app:protect: found "yes", accepted: a boolean',
    });
    assert.deepEqual(registrations, []);
  });
});
