import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { withChartDefaults } from "../../components/config/chartValues";
import { parseStackConfig } from "../../components/config/stackConfig";
import { readStackFile, stackNames, toProgramConfig } from "../../tools/lib/stackFiles";
import { errorOf, faultsOf, parse, parseRaw, secretIn, server, storage, valid } from "../helpers/stackConfig";

describe("The config of a stack", () => {
  for (const stack of stackNames()) {
    it(`is valid in Pulumi.${stack}.yaml`, () => {
      const { config } = readStackFile(stack);
      const { config: parsed } = parseStackConfig({ stack, project: "flask-app" }, toProgramConfig(config), secretIn());
      assert.deepEqual(
        parsed,
        Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("flask-app:", ""), value])),
      );
    });
  }

  it("requires only what differs from stack to stack", () => {
    assert.deepEqual(parse(), valid);
  });

  it("ignores the keys of other packages", () => {
    const raw = toProgramConfig(readStackFile("dev").config);
    assert.deepEqual(parseRaw({ ...raw, "kubernetes:context": "kind-dev", "flask-app-2:app": "{" }), parseRaw(raw));
  });

  it("keeps text that looks like a number or JSON", () => {
    assert.equal(parse({ namespace: "123" }).namespace, "123");
    assert.equal(parse({ releaseName: "true" }).releaseName, "true");
  });

  it("accepts a database outside the cluster", () => {
    const { postgresql, redis } = parse(
      {
        postgresql: { external: server },
        redis: { external: { host: "10.0.0.7" } },
      },
      secretIn("postgresql"),
    );
    assert.deepEqual(postgresql, { external: server });
    assert.deepEqual(redis, { external: { host: "10.0.0.7" } });
  });

  const fine: [title: string, app: object][] = [
    ["one volume for many pods when it is ReadWriteMany", { replicaCount: 3, persistence: { enabled: true } }],
    [
      "a ReadWriteOnce volume for one pod",
      { replicaCount: 1, persistence: { enabled: true, accessModes: ["ReadWriteOnce"] } },
    ],
    [
      "many pods and a claim that exists already, whatever it may be",
      { replicaCount: 3, persistence: { enabled: true, accessModes: ["ReadWriteOnce"], existingClaim: "data" } },
    ],
    ["fewer pods at most than at least while autoscaling is off", { autoscaling: { minReplicas: 20 } }],
    [
      "a disruption budget of one pod less than there are",
      { replicaCount: 3, podDisruptionBudget: { enabled: true, minAvailable: 2 } },
    ],
    ["an impossible disruption budget that is off", { replicaCount: 1, podDisruptionBudget: { minAvailable: 9 } }],
  ];
  for (const [title, app] of fine) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(parse({ app }).app, { flask: { env: "development" }, ...app });
    });
  }
});

describe("The message about an invalid config", () => {
  const external = { host: "db.example.com", username: "app", database: "flaskdb", password: "hunter22" };
  const hiding: [title: string, changes: Record<string, unknown>, ...secretKeys: string[]][] = [
    ["is the invalid value", { postgresql: { external: { ...external, password: 12345678 } } }],
    ["is in an invalid object", { postgresql: { external, inCluster: {} } }],
    ["is the value of a key that the program sets", { app: { flask: { secretKey: 12345678 } } }],
    [
      "is next to the value, such as one in the wrong key",
      { postgresql: { external: { ...external, host: "hunter22!" } } },
    ],
    ["is missing next to the value", { redis: { external: { host: "hunter22!" } } }],
    ["is in a URL in place of a server", { redis: { external: "redis://:hunter22@r:6379/0" } }],
    ["is in a URL in place of everything", { postgresql: "postgresql://app:hunter22@db/flaskdb" }],
    ["is in a URL in another key", { namespace: "postgresql://app:hunter22@db" }],
    ["is in front of a host name", { app: { ingress: { enabled: true, hosts: [{ host: "app:hunter22@db" }] } } }],
    ["is in a text in place of a list", { app: { extraEnv: "STRIPE_KEY=hunter22" } }],
    ["is in a text in a list of objects", { app: { extraEnv: ["STRIPE_KEY=hunter22"] } }],
    ["is one of several arguments", { app: { args: ["--password", 12345678] } }],
    ["is in a map of texts", { app: { podAnnotations: { "vault/token": 12345678 } } }],
    ["is in place of the secret variables", { secretEnv: "STRIPE_KEY=hunter22" }],
    ["is a secret variable", { secretEnv: { STRIPE: ["hunter22"] } }, "secretEnv"],
    ["is encrypted in the stack file, but in a wrong place", { namespace: "HUNTER22" }, "namespace"],
  ];
  for (const [title, changes, ...secretKeys] of hiding) {
    it(`does not show a secret that ${title}`, () => {
      const { faults } = errorOf(() => parse(changes, secretIn(...secretKeys)));
      assert.doesNotMatch(JSON.stringify(faults), /hunter22|12345678/i);
    });
  }

  it("shows only the size of a list, and only the keys of an object", () => {
    const problems = faultsOf({ timeoutSeconds: [1, 2], protect: { level: 1 } }).map(({ problem }) => problem);
    assert.deepEqual(problems, [
      "found an object with level, accepted: a boolean",
      "found a list of 2, accepted: an integer",
    ]);
  });

  it("lists every fault in the file", () => {
    const faults = faultsOf({
      podSecurity: undefined,
      protect: "yes",
      app: { replicaCount: -1, flask: { debug: "no" } },
      redis: { inCluster: { storage: {} } },
    });
    assert.deepEqual(faults.map(({ path }) => path).sort(), [
      "flask-app:app.flask.debug",
      "flask-app:app.replicaCount",
      "flask-app:podSecurity",
      "flask-app:protect",
      "flask-app:redis.inCluster.storage.size",
    ]);
  });

  it("lists every value that the program sets itself", () => {
    const faults = faultsOf({
      app: { existingSecret: "mine", flask: { secretKey: "s3cret" } },
      redis: { external: { host: "redis.example.com" } },
      rotation: { redis: "2026-11-24" },
    });
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["flask-app:app.existingSecret", "flask-app:app.flask.secretKey", "flask-app:rotation.redis"],
    );
  });

  it("says which file to copy if a stack has no config", () => {
    const identity = { stack: "qa", project: "flask-app" };
    assert.throws(() => parseStackConfig(identity, { "kubernetes:context": "kind-qa" }, secretIn()), {
      message: "The stack qa has no config: copy a stack file, such as Pulumi.dev.yaml, to Pulumi.qa.yaml and edit it.",
    });
  });

  it("says that a nested value was set without --path", () => {
    const raw = toProgramConfig(readStackFile("dev").config);
    const { faults } = errorOf(() => parseRaw({ ...raw, "flask-app:app.image.tag": "v2" }));
    const problem = "is not a known key; to set a nested value, use `pulumi config set --path`";
    assert.deepEqual(faults, [{ path: "flask-app:app.image.tag", problem }]);
  });

  it("names the file and has one line per fault", () => {
    const { message } = errorOf(() => parse({ protect: "yes", timeoutSeconds: 0 }));
    assert.deepEqual(message.split("\n"), [
      "Pulumi.dev.yaml has 2 faults; nothing was changed:",
      '  flask-app:protect: found "yes", accepted: a boolean',
      "  flask-app:timeoutSeconds: found 0, which must be >= 1",
    ]);
  });

  it("is printed by Pulumi without a stack trace", () => {
    const error = errorOf(() => parse({ protect: "yes" }));
    assert.ok(pulumi.RunError.isInstance(error));
    assert.doesNotMatch(error.message, /\n\s+at /);
  });
});

describe("The backup schedule", () => {
  const withSchedule = (schedule: string) => ({
    postgresql: {
      inCluster: { username: "flaskuser", database: "flaskdb", storage, backup: { schedule, keepDays: 14, storage } },
    },
  });

  for (const schedule of [
    "@daily",
    "0 2 * * *",
    "*/15 * * * *",
    "5,35 8-18 1 1-6,12 1-5",
    "00 02 31 12 0",
    "0 8-20/4 * JAN-jun mon",
    "@midnight",
    "@every 36h",
  ]) {
    it(`may be ${schedule}`, () => {
      assert.equal(parse(withSchedule(schedule)).postgresql.inCluster?.backup?.schedule, schedule);
    });
  }

  for (const schedule of [
    "",
    "daily",
    "0 2 * *",
    "60 2 * * *",
    "0 24 * * *",
    "0 2 0 * *",
    "0 2 * 13 *",
    "*/0 * * * *",
    "0 20-8 * * *",
    "0 2 * * 7",
    "0 2 * * mondays",
    "@every day",
    "TZ=UTC 0 2 * * *",
  ]) {
    it(`may not be "${schedule}"`, () => {
      assert.deepEqual(faultsOf(withSchedule(schedule)), [
        {
          path: "flask-app:postgresql.inCluster.backup.schedule",
          problem: `found "${schedule}", accepted: cron schedule, such as 0 2 * * * (every night at 02:00) or @daily`,
        },
      ]);
    });
  }
});

describe("A value that is null", () => {
  it("removes a default of the chart, and goes to Helm, which removes it", () => {
    const { app } = parse({ app: { resources: { limits: { cpu: null } }, extraEnv: null, podSecurityContext: null } });
    assert.deepEqual(app, {
      ...(valid.app as object),
      resources: { limits: { cpu: null } },
      extraEnv: null,
      podSecurityContext: null,
    });
    const { resources, extraEnv, podSecurityContext } = withChartDefaults(app);
    assert.deepEqual(resources.limits, { memory: "256Mi" });
    assert.deepEqual([extraEnv, podSecurityContext], [[], undefined]);
  });

  it("is the same as no value in the rest of the config", () => {
    assert.deepEqual(parse({ rotation: null, allowDataChange: null }), parse());
  });

  it("is refused if there is nothing to remove", () => {
    const faults = faultsOf({ app: { service: null, replicaCout: null, podLabels: { team: null } }, protect: null });
    assert.deepEqual(faults.map(({ path, problem }) => `${path}: ${problem}`).sort(), [
      "flask-app:app.podLabels.team: found null, accepted: a string",
      "flask-app:app.replicaCout: is not a known key; did you mean replicaCount?",
      "flask-app:app.service: found null, accepted: an object",
      "flask-app:protect: is missing",
    ]);
  });
});
