import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { chartDigest } from "../../components/chartSource";
import { Postgresql } from "../../components/postgresql";
import {
  find,
  passwordForms,
  passwordOf,
  ProgramRun,
  runProgram,
  RunOptions,
  shownToHelm,
  valuesOf,
} from "../helpers/program";

describe("PostgreSQL in the cluster", () => {
  const args = {
    releaseName: "shop-postgresql",
    namespace: "shop",
    timeoutSeconds: 120,
    keepVolume: false,
    username: "ann",
    database: "orders",
    storage: { size: "3Gi" },
  };
  const deploy = (more = {}, options: RunOptions = {}, opts: pulumi.ComponentResourceOptions = {}) =>
    runProgram(() => {
      const { releaseName, host, port, username, database, secretName, url, egress } = new Postgresql(
        "postgresql",
        { ...args, ...more },
        opts,
      );
      return { releaseName, host, port, username, database, secretName, url, egress };
    }, options);
  const password = "RandomPassword shop-postgresql-auth-password";
  const job = "Job shop-postgresql-password";
  const superuserPassword = "RandomPassword shop-postgresql-auth-postgres-password";

  let run: ProgramRun;

  before(async () => {
    run = await deploy();
  });

  it("is two passwords, a Secret, a Release and a Job, which belong to the component", () => {
    assert.deepEqual(run.registrations.map(({ resource, parent }) => [resource, parent]).sort(), [
      [job, "Postgresql postgresql"],
      ["Postgresql postgresql", "Stack flask-app-test"],
      [password, "Postgresql postgresql"],
      [superuserPassword, "Postgresql postgresql"],
      ["Release shop-postgresql", "Postgresql postgresql"],
      ["Secret shop-postgresql-auth", "Postgresql postgresql"],
    ]);
  });

  it("keeps two passwords of 32 letters and digits in a Secret, by the keys that the Bitnami chart reads", () => {
    for (const resource of [password, superuserPassword]) {
      assert.deepEqual(find(run, resource).inputs, { length: 32, special: false });
    }
    const { inputs, secretPaths } = find(run, "Secret shop-postgresql-auth");
    assert.deepEqual(inputs.metadata, { name: "shop-postgresql-auth", namespace: "shop" });
    assert.deepEqual(inputs.stringData, {
      password: passwordOf("shop-postgresql-auth-password"),
      "postgres-password": passwordOf("shop-postgresql-auth-postgres-password"),
    });
    assert.deepEqual(secretPaths, ["stringData"]);
  });

  it("is the last Bitnami chart of its line, installed by name, with a bounded history and no roll-back", () => {
    const { inputs, deleteBeforeReplace } = find(run, "Release shop-postgresql");
    const { name, namespace, chart, version, description, timeout, maxHistory, atomic } = inputs;
    assert.deepEqual(
      { name, namespace, chart, version, description, timeout, maxHistory, atomic, deleteBeforeReplace },
      {
        name: "shop-postgresql",
        namespace: "shop",
        chart: "oci://registry-1.docker.io/bitnamicharts/postgresql",
        version: "12.12.10",
        description: "postgresql 12.12.10",
        timeout: 120,
        maxHistory: 10,
        atomic: undefined,
        deleteBeforeReplace: true,
      },
    );
  });

  it("hands the chart its user, database, volume, image and the Secret's name, but no password", () => {
    assert.deepEqual(valuesOf(run, "shop-postgresql"), {
      architecture: "standalone",
      image: { registry: "docker.io", repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" },
      auth: { username: "ann", database: "orders", existingSecret: "shop-postgresql-auth" },
      primary: {
        persistence: { size: "3Gi", storageClass: "" },
        persistentVolumeClaimRetentionPolicy: { enabled: true, whenScaled: "Retain", whenDeleted: "Delete" },
        resources: {},
      },
    });
    assert.deepEqual(shownToHelm(run, passwordForms(run)), []);
    assert.deepEqual(find(run, "Release shop-postgresql").secretPaths, []);
  });

  it("hands the chart the configured image, storage class, resources, and a volume that stays", async () => {
    const image = { registry: "registry.example.com", repository: "postgresql", tag: "16.1" };
    const resources = { requests: { cpu: "250m" }, limits: { memory: "1Gi" } };
    const configured = { image, resources, storage: { size: "20Gi", class: "fast-ssd" }, keepVolume: true };
    const values = valuesOf(await deploy(configured), "shop-postgresql") as {
      image: object;
      primary: Record<string, unknown>;
    };
    assert.deepEqual(values.image, image);
    assert.deepEqual(values.primary.resources, resources);
    assert.deepEqual(values.primary.persistence, { size: "20Gi", storageClass: "fast-ssd" });
    assert.deepEqual(values.primary.persistentVolumeClaimRetentionPolicy, {
      enabled: true,
      whenScaled: "Retain",
      whenDeleted: "Retain",
    });
  });

  describe("with backups", () => {
    const backup = { schedule: "0 2 * * *", keepDays: 14, storage: { size: "9Gi", class: "slow-hdd" } };
    const claim = "PersistentVolumeClaim shop-postgresql-backups";

    it("claims a volume for them, and does not wait for it to be bound", async () => {
      const { parent, inputs, retainOnDelete } = find(await deploy({ backup }), claim);
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

    it("takes the cluster's own storage class unless another is given", async () => {
      const { inputs } = find(await deploy({ backup: { ...backup, storage: { size: "9Gi" } } }), claim);
      assert.equal((inputs.spec as { storageClassName?: string }).storageClassName, undefined);
    });

    it("keeps their volume where the data's is kept, and protects it where that is protected", async () => {
      const kept = await deploy({ backup, keepVolume: true }, {}, { protect: true });
      assert.equal(find(kept, claim).retainOnDelete, true);
      assert.equal(find(kept, claim).protect, true);
    });

    it("has the chart dump the database on the schedule, one dump at a time, into that volume", async () => {
      const { enabled, cronjob } = valuesOf(await deploy({ backup }), "shop-postgresql").backup as {
        enabled: boolean;
        cronjob: { command: string[] };
      };
      const { command, ...others } = cronjob;
      assert.equal(enabled, true);
      assert.deepEqual(others, {
        schedule: "0 2 * * *",
        concurrencyPolicy: "Forbid",
        restartPolicy: "Never",
        storage: { existingClaim: "shop-postgresql-backups" },
      });
      assert.deepEqual(command.slice(0, -1), ["/bin/sh", "-ec"]);
      assert.match(command[2], /pg_dump .* orders;.* -mtime \+13 -delete$/);
    });
  });

  it("takes a chart of your own, and says which content a local one has", async () => {
    const reference = "./sandbox/charts/postgresql";
    const { inputs } = find(await deploy({ chart: { reference, version: "12.12.10" } }), "Release shop-postgresql");
    assert.equal(inputs.chart, reference);
    assert.equal(inputs.description, `postgresql 12.12.10 (${chartDigest(reference)})`);
  });

  it("hands the same image to the chart and to the Job, also where the config names a part of it", async () => {
    const changed = await deploy({ image: { tag: "15.5.0" } });
    const image = { registry: "docker.io", repository: "bitnamilegacy/postgresql", tag: "15.5.0" };
    assert.deepEqual(valuesOf(changed, "shop-postgresql").image, image);
    assert.equal(jobPod(changed).spec.containers[0].image, "docker.io/bitnamilegacy/postgresql:15.5.0");
  });

  it("does not restart PostgreSQL for a new password: it reads the Secret at its first start alone", async () => {
    const changed = await deploy({ rotation: "2026-11-24" }, { passwords: () => "new" });
    assert.deepEqual(valuesOf(changed, "shop-postgresql"), valuesOf(run, "shop-postgresql"));
  });

  it("makes a new password of the user when the rotation changes, and notes that on the Secret", async () => {
    const rotated = await deploy({ rotation: "2026-11-24" }, {}, { protect: true });
    const { inputs, protect } = find(rotated, password);
    assert.deepEqual(inputs, { length: 32, special: false, keepers: { rotation: "2026-11-24" } });
    assert.equal(protect, false, "what is protected cannot be replaced");
    assert.deepEqual(find(rotated, "Secret shop-postgresql-auth").inputs.metadata, {
      name: "shop-postgresql-auth",
      namespace: "shop",
      annotations: { "rotation.flask-app/password": "2026-11-24" },
    });
    assert.deepEqual(find(rotated, superuserPassword).inputs, find(run, superuserPassword).inputs);
  });

  it("says where it is, how to log in and what its Secret is called", () => {
    const encoded = encodeURIComponent(passwordOf("shop-postgresql-auth-password"));
    const labels = {
      "app.kubernetes.io/name": "postgresql",
      "app.kubernetes.io/instance": "shop-postgresql",
      "app.kubernetes.io/component": "primary",
    };
    assert.deepEqual(run.outputs, {
      releaseName: { value: "shop-postgresql", secret: false },
      host: { value: "shop-postgresql.shop.svc.cluster.local", secret: false },
      port: { value: 5432, secret: false },
      username: { value: "ann", secret: false },
      database: { value: "orders", secret: false },
      secretName: { value: "shop-postgresql-auth", secret: false },
      url: {
        value: `postgresql://ann:${encoded}@shop-postgresql.shop.svc.cluster.local:5432/orders`,
        secret: true,
      },
      egress: {
        value: { to: [{ podSelector: { matchLabels: labels } }], ports: [{ port: 5432, protocol: "TCP" }] },
        secret: false,
      },
    });
  });

  it("is found by the chart's own name when the release is called otherwise", async () => {
    const { outputs } = await deploy({ releaseName: "pg" });
    assert.equal(outputs.host.value, "pg-postgresql.shop.svc.cluster.local");
  });

  it("protects its passwords, its Secret and its Release when it is protected, but not the Job", async () => {
    const { registrations } = await deploy({}, {}, { protect: true });
    assert.equal(registrations.length, 6);
    assert.deepEqual(
      registrations.filter(({ protect }) => !protect).map(({ resource }) => resource),
      [job],
    );
  });

  describe("the Job by which it takes a password", () => {
    it("runs after PostgreSQL is ready, and before anyone gets the URL", async () => {
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
      });
    });

    it("holds no password, and is no secret", () => {
      const { inputs, secretPaths } = find(run, job);
      const text = JSON.stringify(inputs);
      assert.deepEqual(
        passwordForms(run).filter((form) => text.includes(form)),
        [],
      );
      assert.deepEqual(secretPaths, []);
    });

    it("runs again when the user's password changes, and for no other one and no other setting", async () => {
      const checksum = (other: ProgramRun) => jobPod(other).metadata.annotations["checksum/secret"];
      assert.match(checksum(run), /^[0-9a-f]{64}$/);
      const withNew = (changed: string) => ({
        passwords: (name: string) => (name === changed ? "new" : passwordOf(name)),
      });
      assert.notEqual(checksum(await deploy({}, withNew("shop-postgresql-auth-password"))), checksum(run));
      const others = [
        await deploy({}, withNew("shop-postgresql-auth-postgres-password")),
        await deploy({ storage: { size: "9Gi" }, resources: { limits: { memory: "2Gi" } }, keepVolume: true }),
      ];
      for (const other of others) {
        assert.deepEqual(find(other, job).inputs, find(run, job).inputs);
      }
    });

    it("has a deadline, few attempts and is made anew where it failed", async () => {
      const { inputs, deleteBeforeReplace } = find(await deploy({ timeoutSeconds: 77 }), job);
      const { metadata, spec } = inputs as { metadata: object; spec: Record<string, unknown> };
      assert.deepEqual([spec.activeDeadlineSeconds, spec.backoffLimit], [77, 3]);
      assert.equal(deleteBeforeReplace, true);
      assert.deepEqual((metadata as { annotations: object }).annotations, { "pulumi.com/replaceUnready": "true" });
    });

    it("is within the restricted Pod Security Standard, with a read-only root and bounded resources", () => {
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

    it("is not among the pods that the Service of PostgreSQL selects", () => {
      assert.notEqual(jobPod(run).metadata.labels["app.kubernetes.io/name"], "postgresql");
    });
  });

  function jobPod(of: ProgramRun): PodTemplate {
    return (find(of, job).inputs as { spec: { template: PodTemplate } }).spec.template;
  }
});

/** What these tests look at of a pod's template. */
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
