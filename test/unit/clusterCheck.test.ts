import assert from "node:assert/strict";
import * as http from "http";
import { AddressInfo } from "net";
import { gzipSync } from "zlib";
import * as k8s from "@kubernetes/client-node";
import { dataFaults } from "../../components/checks/databaseData";
import { recoveryCommands } from "../../components/checks/halfDoneReleases";
import { clusterOf } from "../../components/cluster/kubeconfig";
import { StackConfig } from "../../components/config/config.generated";
import { LiveRelease, liveReleases } from "../../components/cluster/liveReleases";
import { postgresqlImage } from "../../components/postgresql";
import { redisImage } from "../../components/redis";

const storage = { size: "1Gi", class: "fast" };
const config: StackConfig = {
  namespace: "team-a",
  podSecurity: "baseline",
  releaseName: "shop",
  protect: false,
  timeoutSeconds: 300,
  app: {},
  postgresql: { inCluster: { username: "ann", database: "shop", storage } },
  redis: { inCluster: { storage } },
};
const persistence = { size: "1Gi", storageClass: "fast" };
const postgresqlValues = {
  image: postgresqlImage,
  primary: { persistence, annotations: { "flask-app/database": "shop" } },
};
const redisValues = { image: redisImage, master: { persistence } };

function releases(...live: LiveRelease[]): Map<string, LiveRelease> {
  return new Map(live.map((release) => [release.name, release]));
}

function deployed(name: string, values = {}): LiveRelease {
  return {
    name,
    revision: 1,
    status: "deployed",
    records: [],
    lastDeployed: { revision: 1, values, description: "shop 1.0.0", manifests: "" },
  };
}

describe("A release that an interrupted run left behind", () => {
  for (const [status, lastDeployed, command] of [
    ["pending-install", undefined, "helm uninstall shop --namespace team-a --wait"],
    ["pending-upgrade", 3, "helm rollback shop 3 --namespace team-a --wait"],
    ["pending-rollback", 3, "helm rollback shop 3 --namespace team-a --wait"],
    ["uninstalling", 3, "helm uninstall shop --namespace team-a --wait"],
  ] as const) {
    it(`is reported with the command that repairs it: ${status}`, () => {
      const release = { name: "shop", revision: 4, status, records: [] };
      const live = lastDeployed
        ? { ...release, lastDeployed: { revision: lastDeployed, values: {}, description: "", manifests: "" } }
        : release;
      assert.deepEqual(recoveryCommands(releases(live), config), [command]);
    });
  }

  it("is looked for among the three releases of the stack only", () => {
    const names = ["shop-postgresql", "other", "shop-redis"];
    const live = names.map((name) => ({ name, revision: 1, status: "pending-install", records: [] }));
    assert.deepEqual(recoveryCommands(releases(...live), config), [
      "helm uninstall shop-postgresql --namespace team-a --wait",
      "helm uninstall shop-redis --namespace team-a --wait",
    ]);
  });

  it("is not one that is deployed or failed", () => {
    const failed = { ...deployed("shop"), status: "failed" };
    assert.deepEqual(recoveryCommands(releases(failed, deployed("shop-redis")), config), []);
  });
});

describe("The storage, the image and the name of a database", () => {
  const live = releases(deployed("shop-postgresql", postgresqlValues), deployed("shop-redis", redisValues));
  const inCluster = { username: "ann", database: "shop", storage };

  it("may stay the same", () => {
    assert.deepEqual(dataFaults(live, config), []);
  });

  it("may not differ from a first installation that failed: nothing can change its claim", () => {
    const failedInstall = { ...postgresqlValues, primary: { persistence: { size: "1Gi", storageClass: "stuck" } } };
    const release = { name: "shop-postgresql", revision: 1, status: "failed", records: [], failedInstall };
    const [fault, ...others] = dataFaults(releases(release), { ...config, allowDataChange: true });
    assert.deepEqual(others, []);
    assert.equal(fault.path, "postgresql.inCluster.storage.class");
    assert.match(fault.problem, /^found "fast", but the first installation, which failed, used "stuck"/);
    assert.match(fault.problem, /helm uninstall shop-postgresql --namespace team-a --wait; kubectl delete pvc /);
  });

  it("may try a failed first installation again", () => {
    const release = { name: "shop-postgresql", revision: 1, status: "failed", records: [] };
    assert.deepEqual(dataFaults(releases({ ...release, failedInstall: postgresqlValues }), config), []);
  });

  it("may be anything before the first deployment", () => {
    assert.deepEqual(dataFaults(releases(), config), []);
  });

  for (const [path, changed, found, made] of [
    [
      "postgresql.inCluster.storage.size",
      { postgresql: { inCluster: { ...inCluster, storage: { ...storage, size: "2Gi" } } } },
      "2Gi",
      "1Gi",
    ],
    [
      "postgresql.inCluster.storage.class",
      { postgresql: { inCluster: { ...inCluster, storage: { size: "1Gi" } } } },
      "",
      "fast",
    ],
    ["redis.inCluster.storage.size", { redis: { inCluster: { storage: { ...storage, size: "3Gi" } } } }, "3Gi", "1Gi"],
  ] as const) {
    it(`cannot be changed by ${path}`, () => {
      const faults = dataFaults(live, { ...config, ...changed });
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
      );
      assert.ok(faults[0].problem.startsWith(`found "${found}", but the running database was created with "${made}"`));
      assert.match(faults[0].problem, /set flask-app:allowDataChange to true/);
    });
  }

  it("cannot be replaced by an external database", () => {
    const external = { host: "db", username: "ann", database: "shop", password: "s3cret" };
    const [fault] = dataFaults(live, { ...config, postgresql: { external } });
    assert.equal(fault.path, "postgresql.external");
    assert.match(fault.problem, /would delete the database that runs in the cluster, with its data/);
  });

  it("can be changed with allowDataChange", () => {
    const changed = { postgresql: { inCluster: { ...inCluster, storage: { size: "2Gi" } } } };
    assert.deepEqual(dataFaults(live, { ...config, ...changed, allowDataChange: true }), []);
  });

  it("may belong to another user, to whom the Job hands the database over", () => {
    const changed = { postgresql: { inCluster: { ...inCluster, username: "bob" } } };
    assert.deepEqual(dataFaults(live, { ...config, ...changed }), []);
  });

  const earlier = { image: postgresqlImage, primary: { persistence }, auth: { database: "shop" } };
  for (const [program, values] of Object.entries({ "this program": postgresqlValues, "an earlier one": earlier })) {
    it(`is not left behind for an empty database of another name, if ${program} deployed it`, () => {
      const deployedBy = releases(deployed("shop-postgresql", values), deployed("shop-redis", redisValues));
      const changed = { ...config, postgresql: { inCluster: { ...inCluster, database: "store" } } };
      const [fault, ...others] = dataFaults(deployedBy, changed);
      assert.deepEqual(others, []);
      assert.equal(fault.path, "postgresql.inCluster.database");
      assert.match(
        fault.problem,
        /^found "store", but the app's data is in "shop"; "store" would be a new, empty database next to it; docs\/runbook/,
      );
      assert.deepEqual(dataFaults(deployedBy, { ...changed, allowDataChange: true }), []);
    });
  }

  describe("from Bitnami", () => {
    const image = { repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" };
    const redis = { repository: "bitnamilegacy/redis", tag: "7.0.12-debian-11-r34" };
    const fromBitnami = releases(
      deployed("shop-postgresql", { ...postgresqlValues, image }),
      deployed("shop-redis", { ...redisValues, image: redis }),
    );

    it("is not replaced by the default image, and the refusal says how to keep it and how to move", () => {
      assert.deepEqual(dataFaults(fromBitnami, config), [
        {
          path: "postgresql.inCluster.image",
          problem:
            "found docker.io/library/postgres:15.19-bookworm, but the volume was created by " +
            "docker.io/bitnamilegacy/postgresql:15.4.0-debian-11-r45; to keep that image, set " +
            "flask-app:postgresql.inCluster.image to {repository: bitnamilegacy/postgresql, tag: 15.4.0-debian-11-r45}; " +
            "to move, read docs/moving-off-bitnami.md and set flask-app:postgresql.inCluster.adoptVolume to bitnami",
        },
        {
          path: "redis.inCluster.image",
          problem:
            "found docker.io/library/redis:7.2.16-bookworm, but the volume was created by " +
            "docker.io/bitnamilegacy/redis:7.0.12-debian-11-r34; to keep that image, set " +
            "flask-app:redis.inCluster.image to {repository: bitnamilegacy/redis, tag: 7.0.12-debian-11-r34}; " +
            "to move, read docs/moving-off-bitnami.md and set flask-app:redis.inCluster.adoptVolume to bitnami",
        },
      ]);
    });

    it("may be kept, also as another version or from a mirror", () => {
      const kept = { registry: "mirror.example.com", repository: "hub/bitnamilegacy/postgresql", tag: "15.5.0" };
      const changed = {
        postgresql: { inCluster: { ...inCluster, image: kept } },
        redis: { inCluster: { storage, image: redis } },
      };
      assert.deepEqual(dataFaults(fromBitnami, { ...config, ...changed }), []);
    });

    it("may be replaced with adoptVolume, which has no effect afterwards", () => {
      const changed = {
        postgresql: { inCluster: { ...inCluster, adoptVolume: "bitnami" } },
        redis: { inCluster: { storage, adoptVolume: "bitnami" } },
      } as const;
      assert.deepEqual(dataFaults(fromBitnami, { ...config, ...changed }), []);
      assert.deepEqual(dataFaults(live, { ...config, ...changed }), []);
    });

    it("may come back for PostgreSQL, if adoptVolume names the official image", () => {
      const back = (adoptVolume?: "bitnami" | "official") =>
        dataFaults(live, { ...config, postgresql: { inCluster: { ...inCluster, image, adoptVolume } } });
      assert.match(back()[0].problem, /to move, .* set flask-app:postgresql\.inCluster\.adoptVolume to official$/);
      assert.equal(back("bitnami").length, 1);
      assert.deepEqual(back("official"), []);
    });

    it("cannot come back for Redis, unless its data may be lost", () => {
      const changed = { ...config, redis: { inCluster: { storage, image: redis } } };
      const [fault] = dataFaults(live, changed);
      assert.match(
        fault.problem,
        /redis:7\.2\.16-bookworm, whose files an older Redis cannot read; to keep that image, set /,
      );
      assert.match(fault.problem, /docs\/moving-off-bitnami\.md says how to start again without the data$/);
      assert.deepEqual(dataFaults(live, { ...changed, allowDataChange: true }), []);
    });

    it("is the image of a release whose values name none", () => {
      const [fault] = dataFaults(releases(deployed("shop-postgresql", { primary: { persistence } })), config);
      assert.match(fault.problem, /the volume was created by docker\.io\/bitnami\/postgresql:/);
    });

    it("has to go if it never became ready", () => {
      const failedInstall = { ...postgresqlValues, image };
      const release = { name: "shop-postgresql", revision: 1, status: "failed", records: [], failedInstall };
      const adopt = { postgresql: { inCluster: { ...inCluster, adoptVolume: "bitnami" } } } as const;
      const [fault, ...others] = dataFaults(releases(release), { ...config, ...adopt });
      assert.deepEqual(others, []);
      assert.equal(fault.path, "postgresql.inCluster.image");
      assert.match(
        fault.problem,
        /the first installation, which failed, used docker\.io\/bitnamilegacy\/postgresql:15/,
      );
    });
  });
});

describe("The releases of a cluster", () => {
  let answer: (request: http.IncomingMessage, response: http.ServerResponse) => void;
  let server: http.Server;
  let cluster: k8s.KubeConfig;

  before(async () => {
    server = http.createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    cluster = clusterOf({ kubeconfig: kubeconfig((server.address() as AddressInfo).port) });
  });

  after(() => server.close());

  it("are read from Helm's records: the newest revision, and the values of the last one that was deployed", async () => {
    const asked: (string | undefined)[] = [];
    answer = ({ url }, response) => {
      asked.push(url);
      const items = [
        record("shop", 10, "pending-upgrade", { replicas: 10 }),
        record("shop", 9, "deployed", { replicas: 9 }),
        record("shop", 2, "superseded", { replicas: 2 }),
        record("shop-redis", 1, "failed", {}),
      ];
      response.setHeader("Content-Type", "application/json").end(JSON.stringify({ kind: "SecretList", items }));
    };
    const live = await liveReleases(cluster, "team-a");
    assert.deepEqual(asked, ["/api/v1/namespaces/team-a/secrets?labelSelector=owner%3Dhelm"]);
    assert.deepEqual(
      [...live.values()],
      [
        {
          name: "shop-redis",
          revision: 1,
          status: "failed",
          records: ["sh.helm.release.v1.shop-redis.v1"],
          failedInstall: {},
        },
        {
          name: "shop",
          revision: 10,
          status: "pending-upgrade",
          records: ["v2", "v9", "v10"].map((version) => `sh.helm.release.v1.shop.${version}`),
          lastDeployed: {
            revision: 9,
            values: { replicas: 9 },
            description: "revision 9",
            manifests: "kind: Service\n---\nkind: Job",
          },
        },
      ],
    );
  });

  for (const [title, code, expected] of [
    ["expired credentials", 401, /refused the request: HTTP 401\. Your credentials are wrong or have expired: log in/],
    ["a missing right", 403, /refused the request: secrets is forbidden\.$/],
  ] as const) {
    it(`cannot be read with ${title}`, async () => {
      answer = (_, response) => {
        response.writeHead(code, { "Content-Type": "application/json" });
        response.end(JSON.stringify({ kind: "Status", message: "secrets is forbidden" }));
      };
      await assert.rejects(liveReleases(cluster, "team-a"), (error: Error) => {
        assert.match(error.message, expected);
        assert.match(error.message, /^The cluster of the context test \(http:\/\/127\.0\.0\.1:\d+\) /);
        return true;
      });
    });
  }

  it("cannot be read from a cluster that does not answer", async () => {
    const gone = clusterOf({ kubeconfig: kubeconfig(1) });
    await assert.rejects(liveReleases(gone, "team-a"), {
      message: "The cluster of the context test (http://127.0.0.1:1) does not answer: connect ECONNREFUSED 127.0.0.1:1",
    });
  });
});

/** A kubeconfig, as text. */
function kubeconfig(port: number): string {
  const config = new k8s.KubeConfig();
  config.loadFromOptions({
    clusters: [{ name: "test", server: `http://127.0.0.1:${port}`, skipTLSVerify: true }],
    users: [{ name: "test" }],
    contexts: [{ name: "test", cluster: "test", user: "test" }],
    currentContext: "test",
  });
  return config.exportConfig();
}

/** A Secret that holds a revision of a release. */
function record(name: string, version: number, status: string, config: object): k8s.V1Secret {
  const zipped = gzipSync(
    JSON.stringify({
      ...{ name, version, config, info: { description: `revision ${version}` } },
      ...{ manifest: "kind: Service", hooks: [{ manifest: "kind: Job" }] },
    }),
  ).toString("base64");
  return {
    metadata: { name: `sh.helm.release.v1.${name}.v${version}`, labels: { name, version: `${version}`, status } },
    data: { release: Buffer.from(zipped).toString("base64") },
  };
}
