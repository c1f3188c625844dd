import assert from "node:assert/strict";
import { V1CronJob, V1NetworkPolicy, V1PodSpec } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { BackupCopy, PostgresqlBackup } from "../../components/config/config.generated";
import { Postgresql, PostgresqlArgs } from "../../components/postgresql";
import { postgresqlArgs } from "../helpers/postgresqlArgs";
import { find, passwordForms, ProgramRun, runProgram } from "../helpers/program";

describe("The backups of PostgreSQL", () => {
  const backup: PostgresqlBackup = {
    schedule: "0 2 * * *",
    keepDays: 14,
    storage: { size: "9Gi", class: "slow-hdd" },
  };
  const copy: BackupCopy = {
    bucket: "company-backups",
    credentialsSecret: "backup-bucket",
    publicKey: "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZ\n-----END PGP PUBLIC KEY BLOCK-----",
  };
  const deploy = (
    changes: Partial<PostgresqlBackup> = {},
    args: Partial<PostgresqlArgs> = {},
    opts: pulumi.ComponentResourceOptions = {},
  ) =>
    runProgram(() => {
      new Postgresql(
        "postgresql",
        {
          ...postgresqlArgs,
          backup: { ...backup, ...changes },
          ...args,
        },
        opts,
      );
      return {};
    });
  const claim = "PersistentVolumeClaim shop-postgresql-backups";
  const cronJobs = ["CronJob shop-postgresql-backup", "CronJob shop-postgresql-restore"];
  const cronJobOf = (run: ProgramRun, name = cronJobs[0]) => find(run, name).inputs as unknown as V1CronJob;
  const podOf = (run: ProgramRun, name?: string): V1PodSpec =>
    cronJobOf(run, name).spec!.jobTemplate.spec!.template.spec!;
  const environmentOf = (run: ProgramRun, list: "initContainers" | "containers" = "containers", name?: string) =>
    Object.fromEntries(podOf(run, name)[list]![0].env!.map(({ name, value, valueFrom }) => [name, value ?? valueFrom]));

  let run: ProgramRun;
  let copied: ProgramRun;

  before(async () => {
    run = await deploy();
    copied = await deploy({ copy });
  });

  it("have a volume of their own, whose claim does not wait until it is bound", () => {
    const { parent, inputs, retainOnDelete } = find(run, claim);
    assert.equal(parent, "Postgresql postgresql");
    assert.deepEqual(inputs.metadata, {
      name: "shop-postgresql-backups",
      namespace: "shop",
      annotations: { "pulumi.com/skipAwait": "true" },
    });
    assert.deepEqual(inputs.spec, {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "slow-hdd",
      resources: { requests: { storage: "9Gi" } },
    });
    assert.equal(retainOnDelete, false);
  });

  it("use the cluster's default storage class unless one is set", async () => {
    const { inputs } = find(await deploy({ storage: { size: "9Gi" } }), claim);
    assert.equal((inputs.spec as { storageClassName?: string }).storageClassName, undefined);
  });

  it("keep and protect their volume like that of the data", async () => {
    const kept = await deploy({}, { keepVolume: true }, { protect: true });
    assert.equal(find(kept, claim).retainOnDelete, true);
    assert.equal(find(kept, claim).protect, true);
  });

  it("leave the chart's own backups off", () => {
    const { values } = find(run, "Release shop-postgresql").inputs as { values: object };
    assert.ok(!("backup" in values));
  });

  it("run on schedule, one at a time, after their role and their volume exist", () => {
    const { jobTemplate, ...spec } = cronJobOf(run).spec!;
    assert.deepEqual(spec, {
      schedule: "0 2 * * *",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 3,
    });
    const { activeDeadlineSeconds, backoffLimit } = jobTemplate.spec!;
    assert.deepEqual([activeDeadlineSeconds, backoffLimit], [21600, 1]);
    const { dependencies } = find(run, cronJobs[0]);
    for (const needed of [claim, "Job shop-postgresql-password", "Secret shop-postgresql-auth"]) {
      assert.ok(dependencies.includes(needed), needed);
    }
  });

  it("have the time zone, the deadline and the resources of the config", async () => {
    const changed = await deploy({
      timeZone: "Europe/Berlin",
      deadlineSeconds: 900,
      resources: { limits: { cpu: 2, memory: "1Gi" } },
      copy,
    });
    const { timeZone, jobTemplate } = cronJobOf(changed).spec!;
    assert.deepEqual([timeZone, jobTemplate.spec!.activeDeadlineSeconds], ["Europe/Berlin", 900]);
    const { initContainers, containers } = podOf(changed);
    for (const { resources } of [...initContainers!, ...containers]) {
      assert.deepEqual(resources, {
        requests: { cpu: "100m", memory: "128Mi", "ephemeral-storage": "16Mi" },
        limits: { cpu: "2", memory: "1Gi" },
      });
    }
  });

  it("log in as the role that only reads, and those who restore as the superuser", () => {
    const from = (key: string) => ({ secretKeyRef: { name: "shop-postgresql-auth", key } });
    const server = {
      PGHOST: "shop-postgresql.shop.svc.cluster.local",
      PGPORT: "5432",
      PGDATABASE: "orders",
      PGCONNECT_TIMEOUT: "10",
      BACKUP_DIR: "/backups",
      GNUPGHOME: "/tmp/gnupg",
    };
    assert.deepEqual(environmentOf(run), {
      ...server,
      PGUSER: "ann_backup",
      PGPASSWORD: from("backup-password"),
      KEEP_DAYS: "14",
    });
    assert.deepEqual(environmentOf(run, "containers", cronJobs[1]), {
      ...server,
      PGUSER: "postgres",
      PGPASSWORD: from("postgres-password"),
    });
  });

  it("are restored only when someone creates a Job from a CronJob that is suspended", () => {
    const { suspend } = cronJobOf(run, cronJobs[1]).spec!;
    assert.equal(suspend, true);
    assert.deepEqual(podOf(run, cronJobs[1]).containers[0].command, ["sleep", "infinity"]);
  });

  for (const name of cronJobs) {
    it(`meet the restricted Pod Security Standard, without an API token, in ${name}`, () => {
      for (const { initContainers = [], containers, ...spec } of [podOf(run, name), podOf(copied, name)]) {
        assert.deepEqual(spec.securityContext, {
          runAsNonRoot: true,
          runAsUser: 1001,
          runAsGroup: 1001,
          fsGroup: 1001,
          fsGroupChangePolicy: "OnRootMismatch",
          seccompProfile: { type: "RuntimeDefault" },
        });
        assert.equal(spec.automountServiceAccountToken, false);
        assert.equal(spec.restartPolicy, "Never");
        for (const container of [...initContainers, ...containers]) {
          assert.deepEqual(container.securityContext, {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          });
        }
      }
    });
  }

  it("contain no password and nothing secret", () => {
    for (const name of cronJobs) {
      const { inputs, secretPaths } = find(copied, name);
      const text = JSON.stringify(inputs);
      assert.deepEqual(
        passwordForms(copied).filter((form) => text.includes(form)),
        [],
      );
      assert.deepEqual(secretPaths, []);
    }
  });

  describe("with a copy", () => {
    const upload = () => podOf(copied).containers[0];

    it("are encrypted before they are uploaded", () => {
      const { initContainers, containers } = podOf(copied);
      assert.deepEqual(
        [...initContainers!, ...containers].map(({ name }) => name),
        ["dump", "upload"],
      );
      assert.equal(environmentOf(copied, "initContainers").PUBLIC_KEY, copy.publicKey);
      assert.equal(podOf(run).initContainers, undefined);
      assert.deepEqual(podOf(copied, cronJobs[1]).initContainers, undefined);
    });

    it("are uploaded by a container that sees neither the dumps nor the database's password", () => {
      const { volumeMounts, env } = upload();
      assert.deepEqual(volumeMounts, [
        { name: "backups", mountPath: "/outgoing", subPath: "outgoing" },
        { name: "tmp", mountPath: "/tmp" },
      ]);
      const secrets = env!.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef?.name ?? []);
      assert.deepEqual(secrets, ["backup-bucket", "backup-bucket"]);
      const ofDump = podOf(copied).initContainers![0].env!.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []);
      assert.deepEqual(ofDump, [{ name: "shop-postgresql-auth", key: "backup-password" }]);
    });

    for (const [what, changes, expected] of [
      ["AWS", {}, { provider: "AWS", region: "us-east-1", endpoint: undefined, folder: "shop-postgresql" }],
      [
        "another service, by its URL",
        { endpoint: "https://s3.example.com:9000", region: "eu-central-1", prefix: "db/shop" },
        { provider: "Other", region: "eu-central-1", endpoint: "https://s3.example.com:9000", folder: "db/shop" },
      ],
      [
        "a service that rclone knows",
        { endpoint: "https://s3.example.com", provider: "Minio" },
        { provider: "Minio", region: "us-east-1", endpoint: "https://s3.example.com", folder: "shop-postgresql" },
      ],
    ] as const) {
      it(`are uploaded to ${what}`, async () => {
        const environment = environmentOf(await deploy({ copy: { ...copy, ...changes } }));
        assert.deepEqual(
          {
            provider: environment.RCLONE_S3_PROVIDER,
            region: environment.RCLONE_S3_REGION,
            endpoint: environment.RCLONE_S3_ENDPOINT,
          },
          { provider: expected.provider, region: expected.region, endpoint: expected.endpoint },
        );
        assert.equal(environment.DESTINATION, `:s3:company-backups/${expected.folder}/`);
      });
    }

    it("use rclone's image by an exact tag, or another one with its pull Secrets", async () => {
      assert.match(upload().image!, /^docker\.io\/rclone\/rclone:\d+\.\d+\.\d+$/);
      const image = { registry: "mirror.example.com", pullSecrets: ["mirror"] };
      const { containers, imagePullSecrets } = podOf(
        await deploy({ copy: { ...copy, image } }, { image: { pullSecrets: ["mirror", "other"] } }),
      );
      assert.match(containers[0].image!, /^mirror\.example\.com\/rclone\/rclone:/);
      assert.deepEqual(imagePullSecrets, [{ name: "mirror" }, { name: "other" }]);
    });

    it("may connect to the bucket's port, and the password Job may not", async () => {
      const network = { app: { app: "shop" }, dns: [], visitors: [], solvesChallenges: false };
      const portsOf = async (changes: Partial<PostgresqlBackup>, job: string) => {
        const policy = find(await deploy(changes, { network }), `NetworkPolicy shop-postgresql-${job}`).inputs;
        const { egress = [] } = policy.spec as NonNullable<V1NetworkPolicy["spec"]>;
        return egress.flatMap(({ ports = [] }) => ports.map(({ port }) => port));
      };
      assert.deepEqual(await portsOf({}, "backup"), [53, 53, 5432]);
      assert.deepEqual(await portsOf({ copy }, "backup"), [53, 53, 5432, 443]);
      assert.deepEqual(await portsOf({ copy }, "password"), [53, 53, 5432]);
      for (const [endpoint, port] of [
        ["https://s3.example.com:9000", 9000],
        ["http://minio.minio.svc", 80],
      ] as const) {
        assert.deepEqual(await portsOf({ copy: { ...copy, endpoint } }, "backup"), [53, 53, 5432, port]);
      }
    });
  });

  it("have alerts only where Prometheus looks for rules", async () => {
    const withAlerts = await deploy({}, { alertLabels: { release: "kube-prometheus-stack" } });
    const { inputs, dependencies } = find(withAlerts, "PrometheusRule shop-postgresql-backup");
    assert.deepEqual(inputs.metadata, {
      name: "shop-postgresql-backup",
      namespace: "shop",
      labels: { release: "kube-prometheus-stack" },
    });
    assert.ok(dependencies.includes(cronJobs[0]));
    const withoutLabels = await deploy({}, { alertLabels: {} });
    assert.ok(!("labels" in (find(withoutLabels, "PrometheusRule shop-postgresql-backup").inputs.metadata as object)));
    assert.deepEqual(
      run.registrations.filter(({ resource }) => resource.startsWith("PrometheusRule")),
      [],
    );
  });
});
