import assert from "node:assert/strict";
import { faultsOf, secretIn, storage } from "../helpers/stackConfig";

/** Common mistakes are in test/mistakes/mistakes.yaml, which is tested, too. */
describe("The config of a stack", () => {
  const faults: [title: string, changes: object, path: string, problem: string | RegExp, secretKey?: string][] = [
    ["a key is missing", { timeoutSeconds: undefined }, "timeoutSeconds", "is missing"],
    [
      "a nested key is missing",
      { postgresql: { inCluster: { username: "u", database: "d" } } },
      "postgresql.inCluster.storage",
      "is missing",
    ],
    [
      "a key is unknown and resembles no other",
      { redis: { inCluster: { storage: { size: "1Gi", disk: "fast" } } } },
      "redis.inCluster.storage.disk",
      "is not a known key; accepted here: size, class",
    ],
    [
      "the release name is not a valid DNS label",
      { releaseName: "1" },
      "releaseName",
      /^found "1", accepted: Name of the app's Helm release: lower-case letters, digits and hyphens, starting with a letter, at most 42/,
    ],
    [
      "the repository of an image contains its tag",
      { app: { image: { repository: "nginx:1.25" } } },
      "app.image.repository",
      'found "nginx:1.25", accepted: image name with its registry, but without a tag or digest',
    ],
    [
      "the digest of a chart is too short",
      {
        redis: {
          inCluster: { storage, chart: { reference: "oci://r.example.com/redis@sha256:ab", version: "1.0.0" } },
        },
      },
      "redis.inCluster.chart.reference",
      'found "oci://r.example.com/redis@sha256:ab", accepted: oci:// address, optionally with @sha256:…, or a folder of this repository that starts with ./',
    ],
    [
      "the digest of an image lacks its algorithm",
      { redis: { inCluster: { storage, image: { digest: "0".repeat(64) } } } },
      "redis.inCluster.image.digest",
      `found "${"0".repeat(64)}", accepted: image digest, sha256: and 64 hexadecimal digits; used instead of the tag`,
    ],
    [
      "the path of a chart is absolute",
      { redis: { inCluster: { storage, chart: { reference: "/charts/redis", version: "17.17.1" } } } },
      "redis.inCluster.chart.reference",
      'found "/charts/redis", accepted: oci:// address, optionally with @sha256:…, or a folder of this repository that starts with ./',
    ],
    ["a number is too small", { timeoutSeconds: 0 }, "timeoutSeconds", "found 0, which must be >= 1"],
    [
      "a value is neither a number nor a percentage",
      { app: { podDisruptionBudget: { minAvailable: "half" } } },
      "app.podDisruptionBudget.minAvailable",
      'found "half", accepted: A number or a percentage, such as 2 or 50%',
    ],
    ["an Ingress has no host", { app: { ingress: { enabled: true } } }, "app.ingress.hosts", "is missing"],
    [
      "a database is neither in the cluster nor outside",
      { redis: {} },
      "redis",
      /accepted: either inCluster or external$/,
    ],
    [
      "the app has a database of its own",
      { app: { database: { host: "db" } } },
      "app.database",
      "must not be set: the program takes it from flask-app:postgresql",
    ],
    [
      "the app has a Redis of its own",
      { app: { redis: { enabled: true } } },
      "app.redis",
      "must not be set: the program takes it from flask-app:redis",
    ],
    [
      "the app has a secret key of its own",
      { app: { flask: { secretKey: "mine" } } },
      "app.flask.secretKey",
      "must not be set: the program generates a random one",
    ],
    [
      "a password is rotated that the program did not generate",
      {
        rotation: { postgresql: "2026-11-24" },
        postgresql: { external: { host: "db", username: "ann", database: "shop", password: "p" } },
      },
      "rotation.postgresql",
      "must not be set: the server does not belong to this stack; docs/rotation.md says how to rotate its password",
      "postgresql",
    ],
    ["a rotation is a number", { rotation: { redis: 2 } }, "rotation.redis", "found 2, accepted: a string in quotes"],
    [
      "something is rotated that cannot be",
      { rotation: { superuser: "2026-11-24" } },
      "rotation.superuser",
      "is not a known key; accepted here: postgresql, redis, secretKey",
    ],
    [
      "a quantity is for an unknown resource",
      { app: { resources: { limits: { memroy: "1Gi" } } } },
      "app.resources.limits.memroy",
      "is not a known key; accepted: Quantities by resource name: cpu, memory, ephemeral-storage, nvidia.com/gpu…",
    ],
    [
      "the app logs in as PostgreSQL's superuser",
      { postgresql: { inCluster: { username: "postgres", database: "flaskdb", storage: { size: "1Gi" } } } },
      "postgresql.inCluster.username",
      /not postgres, which is the superuser$/,
    ],
    [
      "a secret variable is one that the program sets",
      { secretEnv: { DATABASE_URL: "mine" } },
      "secretEnv.DATABASE_URL",
      "must not be set: the variable is set by the program, from postgresql",
      "secretEnv",
    ],
    [
      "a secret variable is also a plain one",
      {
        app: {
          extraEnv: [
            { name: "A", value: "a" },
            { name: "B", value: "b" },
          ],
        },
        secretEnv: { B: "b" },
      },
      "secretEnv.B",
      "must not be set: the variable is set by app.extraEnv[1]",
      "secretEnv",
    ],
    [
      "a secret variable has a name that no shell accepts",
      { secretEnv: { "STRIPE-KEY": "s" } },
      "secretEnv.STRIPE-KEY",
      "is not a known key; accepted: Secret environment variables of the app, by name: letters, digits and _, not starting with a digit; set each with `pulumi config set --secret --path`",
      "secretEnv",
    ],
    [
      "a network is not valid",
      { redis: { external: { host: "redis.example.com", cidrs: ["300.1.1.1/8"] } } },
      "redis.external.cidrs[0]",
      'found "300.1.1.1/8", accepted: IPv4 network, such as 10.0.0.0/16',
    ],
  ];
  for (const [title, changes, path, problem, secretKey] of faults) {
    it(`has one fault if ${title}`, () => {
      const found = faultsOf({ ...changes }, secretKey ? secretIn(secretKey) : undefined);
      assert.deepEqual(
        found.map((fault) => fault.path),
        [`flask-app:${path}`],
      );
      if (typeof problem === "string") {
        assert.equal(found[0].problem, problem);
      } else {
        assert.match(found[0].problem, problem);
      }
    });
  }
});
