import assert from "node:assert/strict";
import { faultsOf, server, storage } from "../helpers/stackConfig";

describe("A wrong value in the config of a stack", () => {
  const inCluster = { username: "flaskuser", database: "flaskdb", storage };
  const faults: [title: string, changes: object, path: string, problem: string | RegExp][] = [
    ["is missing", { timeoutSeconds: undefined }, "timeoutSeconds", "is missing"],
    [
      "is missing inside another",
      { postgresql: { inCluster: { username: "u", database: "d" } } },
      "postgresql.inCluster.storage",
      "is missing",
    ],
    ["is a text for a number", { timeoutSeconds: "soon" }, "timeoutSeconds", 'found "soon", accepted: an integer'],
    ["is a text for a boolean", { protect: "yes" }, "protect", 'found "yes", accepted: a boolean'],
    ["is mistyped", { app: { replicacount: 2 } }, "app.replicacount", "is not a known key; did you mean replicaCount?"],
    [
      "is a key that resembles no other",
      { redis: { inCluster: { storage: { size: "1Gi", disk: "fast" } } } },
      "redis.inCluster.storage.disk",
      "is not a known key; accepted here: size, class",
    ],
    [
      "is none of those listed",
      { podSecurity: "strict" },
      "podSecurity",
      'found "strict", accepted: privileged, baseline, restricted',
    ],
    [
      "is a release name that no DNS label may be",
      { releaseName: "1" },
      "releaseName",
      /^found "1", accepted: Name of the app's Helm release: lower-case letters, digits and hyphens, starting with a letter, at most 42/,
    ],
    [
      "is a size that is no Kubernetes quantity",
      { redis: { inCluster: { storage: { size: "10 GB" } } } },
      "redis.inCluster.storage.size",
      'found "10 GB", accepted: Kubernetes quantity, such as 500m, 128Mi or 10Gi',
    ],
    [
      "is an image with its tag in the repository",
      { app: { image: { repository: "nginx:1.25" } } },
      "app.image.repository",
      'found "nginx:1.25", accepted: image name with its registry, but without a tag or digest',
    ],
    [
      "is deep in a list",
      { app: { ingress: { hosts: [{ host: "a.example", paths: [{ path: "api", pathType: "Prefix" }] }] } } },
      "app.ingress.hosts[0].paths[0].path",
      'found "api", accepted: URL path that begins with /',
    ],
    [
      "is a chart's digest cut short",
      {
        redis: {
          inCluster: { storage, chart: { reference: "oci://r.example.com/redis@sha256:ab", version: "1.0.0" } },
        },
      },
      "redis.inCluster.chart.reference",
      'found "oci://r.example.com/redis@sha256:ab", accepted: oci:// address, optionally with @sha256:…, or a folder of this repository that starts with ./',
    ],
    [
      "is an image's digest without its algorithm",
      { redis: { inCluster: { storage, image: { digest: "0".repeat(64) } } } },
      "redis.inCluster.image.digest",
      `found "${"0".repeat(64)}", accepted: image digest, sha256: and 64 hexadecimal digits; used instead of the tag`,
    ],
    [
      "is an absolute chart path",
      { redis: { inCluster: { storage, chart: { reference: "/charts/redis", version: "17.17.1" } } } },
      "redis.inCluster.chart.reference",
      'found "/charts/redis", accepted: oci:// address, optionally with @sha256:…, or a folder of this repository that starts with ./',
    ],
    ["is too small", { timeoutSeconds: 0 }, "timeoutSeconds", "found 0, which must be >= 1"],
    [
      "is too large",
      { redis: { external: { host: "r.example", port: 65536 } } },
      "redis.external.port",
      "found 65536, which must be <= 65535",
    ],
    [
      "is too long",
      { releaseName: "f".repeat(43) },
      "releaseName",
      `found "${"f".repeat(43)}", which must NOT have more than 42 characters`,
    ],
    [
      "is neither a number nor a percentage",
      { app: { podDisruptionBudget: { minAvailable: "half" } } },
      "app.podDisruptionBudget.minAvailable",
      'found "half", accepted: A number or a percentage, such as 2 or 50%',
    ],
    ["is an Ingress without a host", { app: { ingress: { enabled: true } } }, "app.ingress.hosts", "is missing"],
    [
      "is a database both in the cluster and outside",
      { postgresql: { inCluster, external: server } },
      "postgresql",
      /accepted: exactly one of inCluster and external$/,
    ],
    [
      "is a database neither in the cluster nor outside",
      { redis: {} },
      "redis",
      /accepted: exactly one of inCluster and external$/,
    ],
    [
      "is the name of a Secret that the program makes",
      { app: { existingSecret: "mine" } },
      "app.existingSecret",
      "must not be set: the program creates that Secret",
    ],
    [
      "is a database that the program takes from elsewhere",
      { app: { database: { host: "db" } } },
      "app.database",
      "must not be set: the program takes it from flask-app:postgresql",
    ],
    [
      "is a Redis that the program takes from elsewhere",
      { app: { redis: { enabled: true } } },
      "app.redis",
      "must not be set: the program takes it from flask-app:redis",
    ],
    [
      "is a secret key that the program makes",
      { app: { flask: { secretKey: "mine" } } },
      "app.flask.secretKey",
      "must not be set: the program generates a random one",
    ],
    [
      "is the rotation of a password that the program did not make",
      {
        rotation: { postgresql: "2026-11-24" },
        postgresql: { external: { host: "db", username: "ann", database: "shop", password: "p" } },
      },
      "rotation.postgresql",
      "must not be set: the server does not belong to this stack; change postgresql.external.password",
    ],
    ["is a rotation that is a number", { rotation: { redis: 2 } }, "rotation.redis", "found 2, accepted: a string"],
    [
      "is the rotation of something that is not rotated",
      { rotation: { superuser: "2026-11-24" } },
      "rotation.superuser",
      "is not a known key; accepted here: postgresql, redis, secretKey",
    ],
  ];
  faults.push(
    [
      "is no quantity",
      { app: { resources: { limits: { cpu: "abc" } } } },
      "app.resources.limits.cpu",
      'found "abc", accepted: Kubernetes quantity, such as 500m, 128Mi or 2',
    ],
    [
      "is for an unknown resource",
      { app: { resources: { limits: { memroy: "1Gi" } } } },
      "app.resources.limits.memroy",
      "is not a known key; accepted: Quantities by resource name: cpu, memory, ephemeral-storage, nvidia.com/gpu…",
    ],
    [
      "is PostgreSQL's superuser",
      { postgresql: { inCluster: { username: "postgres", database: "flaskdb", storage: { size: "1Gi" } } } },
      "postgresql.inCluster.username",
      /but not postgres, which is the superuser$/,
    ],
    [
      "is no network",
      { redis: { external: { host: "redis.example.com", cidrs: ["300.1.1.1/8"] } } },
      "redis.external.cidrs[0]",
      'found "300.1.1.1/8", accepted: IPv4 network, such as 10.0.0.0/16',
    ],
  );
  for (const [title, changes, path, problem] of faults) {
    it(`that ${title} is the one fault`, () => {
      const found = faultsOf({ ...changes });
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
