import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { Postgresql } from "../../components/postgresql";
import { postgresqlArgs as args } from "../helpers/postgresqlArgs";
import { find, passwordForms, passwordOf, ProgramRun, runProgram, RunOptions, valuesOf } from "../helpers/program";

describe("PostgreSQL in the cluster", () => {
  const deploy = (more = {}, options: RunOptions = {}, opts: pulumi.ComponentResourceOptions = {}) =>
    runProgram(() => {
      new Postgresql("postgresql", { ...args, ...more }, opts);
      return {};
    }, options);
  const job = "Job shop-postgresql-password";

  let run: ProgramRun;

  before(async () => {
    run = await deploy();
  });

  it("does not pass its user and database to the chart, which would make that user the official image's superuser", () => {
    const { auth } = valuesOf(run, "shop-postgresql");
    assert.deepEqual(auth, { username: "", database: "", existingSecret: "shop-postgresql-auth" });
  });

  it("passes its user and database to the chart, and no configuration, with an image of Bitnami", async () => {
    const image = { repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" };
    const { auth, primary } = valuesOf(await deploy({ image }), "shop-postgresql");
    assert.deepEqual(auth, { username: "ann", database: "orders", existingSecret: "shop-postgresql-auth" });
    const keys = ["annotations", "persistence", "persistentVolumeClaimRetentionPolicy", "resources"];
    assert.deepEqual(Object.keys(primary as object).sort(), keys);
  });

  describe("from the official image", () => {
    const resources = { limits: { memory: "1Gi" } };

    it("trusts no connection without a password", () => {
      const { pgHbaConfiguration, args: flags } = official(run);
      assert.equal(pgHbaConfiguration, "local all all scram-sha-256\nhost all all all scram-sha-256\n");
      const conf = "/bitnami/postgresql/conf";
      const expected = ["-c", `config_file=${conf}/postgresql.conf`, "-c", `hba_file=${conf}/pg_hba.conf`];
      assert.deepEqual(flags, expected);
    });

    it("creates its data folder in an init container, under the same restrictions as the server", async () => {
      const { initContainers, containerSecurityContext, extraVolumeMounts } = official(await deploy({ resources }));
      const [container, ...others] = initContainers;
      assert.deepEqual(others, []);
      assert.equal(container.name, "first-start");
      assert.equal(container.image, "docker.io/library/postgres:15.19-bookworm");
      assert.deepEqual(container.resources, resources);
      assert.equal(container.securityContext.readOnlyRootFilesystem, true);
      assert.deepEqual(containerSecurityContext, { readOnlyRootFilesystem: true });
      const data = { name: "data", mountPath: "/bitnami/postgresql" };
      assert.deepEqual(container.volumeMounts, [data, ...extraVolumeMounts]);
    });
  });

  for (const [keepVolume, whenDeleted] of [
    [false, "Delete"],
    [true, "Retain"],
  ] as const) {
    it(`has a volume that ${keepVolume ? "outlives" : "is deleted with"} its release with keepVolume: ${keepVolume}`, async () => {
      const { primary } = valuesOf(await deploy({ keepVolume }), "shop-postgresql") as { primary: object };
      const policy = { enabled: true, whenScaled: "Retain", whenDeleted };
      assert.deepEqual({ ...primary, persistentVolumeClaimRetentionPolicy: policy }, primary);
    });
  }

  it("uses the same image in the chart and in the Job, even if the config sets only a part of it", async () => {
    const changed = await deploy({ image: { tag: "15.5.0" } });
    const image = { registry: "docker.io", repository: "library/postgres", tag: "15.5.0" };
    assert.deepEqual(valuesOf(changed, "shop-postgresql").image, image);
    assert.equal(jobPod(changed).spec.containers[0].image, "docker.io/library/postgres:15.5.0");
    assert.equal(official(changed).initContainers[0].image, "docker.io/library/postgres:15.5.0");
  });

  it("does not restart PostgreSQL for a new password, which it reads only at its first start", async () => {
    const changed = await deploy({ rotation: "2026-11-24" }, { passwords: () => "new" });
    assert.deepEqual(valuesOf(changed, "shop-postgresql"), valuesOf(run, "shop-postgresql"));
  });

  describe("the Job that creates its user and database", () => {
    it("runs after PostgreSQL is ready, and before anything gets the URL", async () => {
      const { dependencies } = find(run, job);
      assert.ok(dependencies.includes("Release shop-postgresql"));
      assert.ok(dependencies.includes("Secret shop-postgresql-auth"));
      const { registrations } = await runProgram(() => {
        const { url } = new Postgresql("postgresql", args);
        return { user: new random.RandomId("user", { byteLength: 1, prefix: url }).id };
      });
      const user = registrations.find(({ name }) => name === "user");
      assert.ok(user?.dependencies.includes(job));
    });

    it("logs in over the Service as the superuser, with passwords from the Secret", () => {
      const { env } = jobPod(run).spec.containers[0];
      const from = (key: string) => ({ secretKeyRef: { name: "shop-postgresql-auth", key } });
      assert.deepEqual(Object.fromEntries(env.map(({ name, value, valueFrom }) => [name, value ?? valueFrom])), {
        PGHOST: "shop-postgresql.shop.svc.cluster.local",
        PGPORT: "5432",
        PGDATABASE: "postgres",
        PGCONNECT_TIMEOUT: "10",
        PGUSER: "postgres",
        PGPASSWORD: from("postgres-password"),
        ROLE: "ann",
        NEW_PASSWORD: from("password"),
        DATABASE: "orders",
        BACKUP_ROLE: "ann_backup",
      });
    });

    it("also creates the role of the backups, if there are any", async () => {
      const backup = { schedule: "0 2 * * *", keepDays: 14, storage: { size: "9Gi" } };
      const changed = await deploy({ backup });
      const { env } = jobPod(changed).spec.containers[0];
      assert.deepEqual(env.slice(-2), [
        { name: "BACKUP_ROLE", value: "ann_backup" },
        {
          name: "BACKUP_PASSWORD",
          valueFrom: { secretKeyRef: { name: "shop-postgresql-auth", key: "backup-password" } },
        },
      ]);
      const { stringData } = find(changed, "Secret shop-postgresql-auth").inputs;
      assert.deepEqual(Object.keys(stringData as object).sort(), ["backup-password", "password", "postgres-password"]);
    });

    it("contains no password and nothing secret", () => {
      const { inputs, secretPaths } = find(run, job);
      const text = JSON.stringify(inputs);
      assert.deepEqual(
        passwordForms(run).filter((form) => text.includes(form)),
        [],
      );
      assert.deepEqual(secretPaths, []);
    });

    it("runs again only when the user's password, a name or the image changes", async () => {
      const checksum = (other: ProgramRun) => jobPod(other).metadata.annotations["checksum/secret"];
      assert.match(checksum(run), /^[0-9a-f]{64}$/);
      const withNew = (changed: string) => ({
        passwords: (name: string) => (name === changed ? "new" : passwordOf(name)),
      });
      assert.notEqual(checksum(await deploy({}, withNew("shop-postgresql-auth-password"))), checksum(run));
      for (const change of [{ username: "bob" }, { database: "store" }, { image: { tag: "15.20" } }]) {
        assert.notDeepEqual(find(await deploy(change), job).inputs, find(run, job).inputs);
      }
      const others = [
        await deploy({}, withNew("shop-postgresql-auth-postgres-password")),
        await deploy({ storage: { size: "9Gi" }, resources: { limits: { memory: "2Gi" } }, keepVolume: true }),
      ];
      for (const other of others) {
        assert.deepEqual(find(other, job).inputs, find(run, job).inputs);
      }
    });

    it("has a deadline and few attempts, and is replaced if it failed", async () => {
      const { inputs, deleteBeforeReplace } = find(await deploy({ timeoutSeconds: 77 }), job);
      const { metadata, spec } = inputs as { metadata: object; spec: Record<string, unknown> };
      assert.deepEqual([spec.activeDeadlineSeconds, spec.backoffLimit], [77, 3]);
      assert.equal(deleteBeforeReplace, true);
      assert.deepEqual((metadata as { annotations: object }).annotations, { "pulumi.com/replaceUnready": "true" });
    });

    it("meets the restricted Pod Security Standard, with a read-only root file system and bounded resources", () => {
      const { spec } = jobPod(run);
      assert.deepEqual(spec.securityContext, {
        runAsNonRoot: true,
        runAsUser: 1001,
        runAsGroup: 1001,
        seccompProfile: { type: "RuntimeDefault" },
      });
      assert.equal(spec.automountServiceAccountToken, false);
      const [container] = spec.containers;
      assert.deepEqual(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      assert.deepEqual(Object.keys(container.resources).sort(), ["limits", "requests"]);
    });

    it("is not selected by the Service of PostgreSQL", () => {
      assert.notEqual(jobPod(run).metadata.labels["app.kubernetes.io/name"], "postgresql");
    });
  });

  function official(of: ProgramRun): OfficialValues {
    return valuesOf(of, "shop-postgresql").primary as OfficialValues;
  }

  function jobPod(of: ProgramRun): PodTemplate {
    return (find(of, job).inputs as { spec: { template: PodTemplate } }).spec.template;
  }
});

/** The parts of a pod template that these tests look at. */
interface PodTemplate {
  metadata: { annotations: Record<string, string>; labels: Record<string, string> };
  spec: {
    automountServiceAccountToken: boolean;
    securityContext: object;
    containers: {
      image: string;
      env: { name: string; value?: string; valueFrom?: object }[];
      resources: object;
      securityContext: object;
    }[];
  };
}

/** The values for the official image that these tests look at. */
interface OfficialValues {
  pgHbaConfiguration: string;
  args: string[];
  initContainers: {
    name: string;
    image: string;
    resources: object;
    securityContext: { readOnlyRootFilesystem: boolean };
    volumeMounts: object[];
  }[];
  containerSecurityContext: object;
  extraVolumeMounts: object[];
}
