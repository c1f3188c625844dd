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

/** What the golden manifests in test/chart/golden do not show of a stack. */
interface ExpectedStack {
  release: string;
  namespace: string;
  podSecurity: string;
  timeout: number;
  protect: boolean;
  ingressUrl: string | undefined;
}

const stacks: Record<string, ExpectedStack> = {
  dev: {
    release: "flask-dev",
    namespace: "development",
    podSecurity: "baseline",
    timeout: 300,
    protect: false,
    ingressUrl: undefined,
  },
  staging: {
    release: "flask-staging",
    namespace: "staging",
    podSecurity: "restricted",
    timeout: 300,
    protect: false,
    ingressUrl: "http://flask-staging.example.com/",
  },
  production: {
    release: "flask-prod",
    namespace: "production",
    podSecurity: "restricted",
    timeout: 600,
    protect: true,
    ingressUrl: "https://api.example.com/",
  },
};

/** The policies of production, whose app has a network policy. The other stacks have none. */
const policies = ["postgresql-access", "postgresql-password", "postgresql-backup", "redis-access"]
  .concat("acme-solver", "default-deny")
  .map((suffix) => `NetworkPolicy flask-prod-${suffix}`);

/** What makes production's backups, apart from their volume and the password of their role. The others have none. */
const backups = [
  "CronJob flask-prod-postgresql-backup",
  "CronJob flask-prod-postgresql-restore",
  "PrometheusRule flask-prod-postgresql-backup",
];

describe("The stacks", () => {
  it("are dev, staging and production", () => {
    assert.deepEqual(stackNames().sort(), Object.keys(stacks).sort());
  });
});

for (const [stack, { release, namespace, podSecurity, timeout, protect, ingressUrl }] of Object.entries(stacks)) {
  describe(`The ${stack} stack`, function () {
    this.timeout(20_000);
    let run: ProgramRun;

    before(async () => {
      run = await runStack(stack);
    });

    it("registers a namespace, two databases, the app, possibly backups and network policies, and nothing else", () => {
      assert.deepEqual(
        names(run.registrations),
        [
          `Namespace ${namespace}`,
          "Postgresql postgresql",
          `RandomPassword ${release}-postgresql-auth-password`,
          `RandomPassword ${release}-postgresql-auth-postgres-password`,
          `Secret ${release}-postgresql-auth`,
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
          ...(stack === "production"
            ? [
                ...backups,
                "PersistentVolumeClaim flask-prod-postgresql-backups",
                "RandomPassword flask-prod-postgresql-auth-backup-password",
                ...policies,
              ]
            : []),
        ].sort(),
      );
    });

    it(`enforces the ${podSecurity} Pod Security Standard in the namespace ${namespace}`, () => {
      assert.deepEqual(find(run, `Namespace ${namespace}`).inputs.metadata, {
        name: namespace,
        labels: { "pod-security.kubernetes.io/enforce": podSecurity },
      });
    });

    it(`gives every release a fixed name in ${namespace} and ${timeout} seconds`, () => {
      const releases = ofType(run, "Release").map(({ inputs }) => [inputs.name, inputs.namespace, inputs.timeout]);
      assert.deepEqual(releases.sort(), [
        [release, namespace, timeout],
        [`${release}-postgresql`, namespace, timeout],
        [`${release}-redis`, namespace, timeout],
      ]);
    });

    it("creates the namespace first, then each Secret, then the Release that reads it", () => {
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

    it("installs both databases at the same time, and the app after them", () => {
      const releasesBefore = (name: string) =>
        find(run, `Release ${name}`).dependencies.filter((dependency) => dependency.startsWith("Release "));
      assert.deepEqual(releasesBefore(release), [`Release ${release}-postgresql`, `Release ${release}-redis`]);
      assert.deepEqual(releasesBefore(`${release}-postgresql`), []);
      assert.deepEqual(releasesBefore(`${release}-redis`), []);
    });

    it("gives the app its password only after PostgreSQL has it", () => {
      assert.ok(find(run, `Secret ${release}-env`).dependencies.includes(`Job ${release}-postgresql-password`));
    });

    it("passes no password and no secret to Helm", () => {
      const forms = passwordForms(run);
      assert.equal(forms.length, stack === "production" ? 15 : 12);
      assert.deepEqual(shownToHelm(run, forms), []);
      assert.deepEqual(
        ofType(run, "Release").flatMap(({ secretPaths }) => secretPaths),
        [],
      );
    });

    it("exports its releases, namespace, host names, the names of its Secrets and the URLs of the app", () => {
      const { releases, namespace: namespaceOutput, urls, databaseHost, redisHost, secrets } = run.outputs;
      assert.deepEqual(releases.value, {
        app: release,
        postgresql: `${release}-postgresql`,
        redis: `${release}-redis`,
      });
      assert.equal(namespaceOutput.value, namespace);
      assert.deepEqual(urls.value, {
        service: `http://${release}-flask-app.${namespace}.svc.cluster.local`,
        ingress: ingressUrl,
      });
      assert.equal(databaseHost.value, `${release}-postgresql.${namespace}.svc.cluster.local`);
      assert.equal(redisHost.value, `${release}-redis-master.${namespace}.svc.cluster.local`);
      assert.deepEqual(secrets.value, {
        app: `${release}-env`,
        postgresql: `${release}-postgresql-auth`,
        redis: `${release}-redis-auth`,
      });
    });

    it("gives the app both connection URLs, and exports neither them nor any other secret", () => {
      const password = encodeURIComponent(passwordOf(`${release}-postgresql-auth-password`));
      const redisPassword = encodeURIComponent(passwordOf(`${release}-redis-auth-redis-password`));
      const domain = `${namespace}.svc.cluster.local`;
      const databaseUrl = `postgresql://flaskuser:${password}@${release}-postgresql.${domain}:5432/flaskdb`;
      const redisUrl = `redis://:${redisPassword}@${release}-redis-master.${domain}:6379/0`;
      assert.ok(Object.values(run.outputs).every(({ secret }) => !secret));
      const exported = JSON.stringify(run.outputs);
      assert.deepEqual(
        passwordForms(run).filter((form) => exported.includes(form)),
        [],
      );
      assert.deepEqual(find(run, `Secret ${release}-env`).inputs.stringData, {
        SECRET_KEY: passwordOf(`${release}-env-SECRET_KEY`),
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
      });
    });

    it(protect ? "protects everything except the app, and what holds no data" : "protects nothing", () => {
      const app = ["FlaskApp app", `RandomPassword ${release}-env-SECRET_KEY`, `Release ${release}`];
      const unprotected = [
        ...app,
        `Secret ${release}-env`,
        `Job ${release}-postgresql-password`,
        ...backups,
        ...policies,
      ];
      assert.deepEqual(
        names(run.registrations.filter((registration) => !registration.protect)),
        protect ? unprotected.sort() : names(run.registrations),
      );
    });

    it(`${protect ? "keeps" : "deletes"} PostgreSQL's volume when its release is deleted`, () => {
      const { primary } = valuesOf(run, `${release}-postgresql`) as {
        primary: { persistentVolumeClaimRetentionPolicy: object };
      };
      assert.deepEqual(primary.persistentVolumeClaimRetentionPolicy, {
        enabled: true,
        whenScaled: "Retain",
        whenDeleted: protect ? "Retain" : "Delete",
      });
    });
  });
}
