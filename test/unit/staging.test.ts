import assert from "node:assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { withChartDefaults } from "../../components/config/chartValues";
import { FlaskAppValues } from "../../components/config/config.generated";
import { Baseline } from "../../components/checks/guardedStack";
import { weakerThanStaging } from "../../components/checks/stagingComparison";
import { readStaging } from "../../components/checks/stagingFile";

function stack(values: FlaskAppValues, podSecurity?: string): Baseline {
  return { podSecurity, app: withChartDefaults(values) };
}

const on = { enabled: true };
const hardened: FlaskAppValues = {
  networkPolicy: on,
  podSecurityContext: { runAsNonRoot: true },
  securityContext: { readOnlyRootFilesystem: true },
};

describe("Production compared with staging", () => {
  const weaker: [title: string, production: Baseline, staging: Baseline, path: string, problem: string][] = [
    [
      "a laxer Pod Security Standard",
      stack({}, "privileged"),
      stack({}, "baseline"),
      "podSecurity",
      'found "privileged", accepted: no weaker than staging\'s "baseline"',
    ],
    [
      "no Pod Security Standard",
      stack({}),
      stack({}, "baseline"),
      "podSecurity",
      'found "none", accepted: no weaker than staging\'s "baseline"',
    ],
    [
      "fewer pods at the least",
      stack({ autoscaling: { enabled: true, minReplicas: 2 } }),
      stack({ replicaCount: 3 }),
      "app.autoscaling.minReplicas",
      "found 2, accepted: no weaker than staging's 3",
    ],
    [
      "no network policy",
      stack({}),
      stack({ networkPolicy: on }),
      "app.networkPolicy.enabled",
      "found false, accepted: no weaker than staging's true",
    ],
    [
      "a token for the Kubernetes API",
      stack({ automountServiceAccountToken: true }),
      stack({}),
      "app.automountServiceAccountToken",
      "found true, accepted: no weaker than staging's false",
    ],
    [
      "a user that may be root",
      stack({ podSecurityContext: { runAsNonRoot: true }, securityContext: { runAsNonRoot: false } }),
      stack(hardened),
      "app.podSecurityContext.runAsNonRoot",
      "found false, accepted: no weaker than staging's true",
    ],
    [
      "a root file system that can be written",
      stack({}),
      stack({ securityContext: { readOnlyRootFilesystem: true } }),
      "app.securityContext.readOnlyRootFilesystem",
      "found false, accepted: no weaker than staging's true",
    ],
    [
      "a user that may be root, where staging is hardened",
      stack({ hardened: true, podSecurityContext: { runAsNonRoot: false } }),
      stack({ hardened: true }),
      "app.podSecurityContext.runAsNonRoot",
      "found false, accepted: no weaker than staging's true",
    ],
    [
      "pods that are not hardened",
      stack({}),
      stack({ hardened: true }),
      "app.securityContext.readOnlyRootFilesystem",
      "found false, accepted: no weaker than staging's true",
    ],
    [
      "privilege escalation",
      stack({ securityContext: { allowPrivilegeEscalation: true } }),
      stack({}),
      "app.securityContext.allowPrivilegeEscalation",
      "found true, accepted: no weaker than staging's false",
    ],
    [
      "a probe that is off",
      stack({ healthCheck: { livenessProbe: { enabled: false } } }),
      stack({}),
      "app.healthCheck.livenessProbe",
      'found "off", accepted: no weaker than staging\'s "/"',
    ],
    [
      "a probe that any server answers",
      stack({}),
      stack({ healthCheck: { readinessProbe: { path: "/ready" } } }),
      "app.healthCheck.readinessProbe",
      'found "/", accepted: no weaker than staging\'s "/ready"',
    ],
    [
      "no startup probe",
      stack({}),
      stack({ healthCheck: { startupProbe: { enabled: true, path: "/health" } } }),
      "app.healthCheck.startupProbe",
      'found "off", accepted: no weaker than staging\'s "/health"',
    ],
  ];
  for (const [title, production, staging, where, problem] of weaker) {
    it(`is weaker with ${title}`, () => {
      const faults = weakerThanStaging(production, staging).filter(({ path }) => path === where);
      assert.deepEqual(faults, [{ path: where, problem }]);
    });
  }

  it("is not weaker when both are the same, or when it has more than staging", () => {
    assert.deepEqual(weakerThanStaging(stack(hardened, "restricted"), stack(hardened, "restricted")), []);
    assert.deepEqual(
      weakerThanStaging(stack({ ...hardened, replicaCount: 9 }, "restricted"), stack({}, "baseline")),
      [],
    );
  });

  it("is not weaker when the container says what staging says of its pod", () => {
    const container = {
      ...hardened,
      podSecurityContext: {},
      securityContext: { ...hardened.securityContext, runAsNonRoot: true },
    };
    assert.deepEqual(weakerThanStaging(stack(container), stack(hardened)), []);
  });
});

describe("The file of the staging stack", () => {
  let folder: string;

  before(() => (folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-staging-"))));
  after(() => fs.rmSync(folder, { recursive: true }));

  function read(content: string): Baseline | undefined {
    const file = path.join(folder, "Pulumi.staging.yaml");
    fs.writeFileSync(file, content);
    return readStaging("flask-app", file);
  }

  it("is read with the chart's defaults", () => {
    const content = "config:\n  flask-app:podSecurity: baseline\n  flask-app:app: { replicaCount: 4 }\n";
    assert.deepEqual(read(content), stack({ replicaCount: 4 }, "baseline"));
  });

  it("may hold the app's values as JSON, as `pulumi config set` writes them", () => {
    assert.deepEqual(read("config:\n  flask-app:app: '{ \"replicaCount\": 4 }'\n"), stack({ replicaCount: 4 }));
  });

  it("may be missing, or empty", () => {
    assert.equal(readStaging("flask-app", path.join(folder, "none.yaml")), undefined);
    assert.deepEqual(read(""), stack({}));
  });

  it("may hold encrypted values anywhere, which count as the chart's defaults", () => {
    const secure = "{ secure: 'v1:abc:def' }";
    const app = `{ replicaCount: ${secure}, args: [run, ${secure}], ingress: { enabled: true, hosts: ${secure} } }`;
    const content = [
      "encryptionsalt: v1:salt",
      "config:",
      `  flask-app:podSecurity: ${secure}`,
      `  flask-app:postgresql: ${secure}`,
      `  flask-app:app: ${app}`,
    ].join("\n");
    assert.deepEqual(read(content), stack({ args: ["run"], ingress: { enabled: true } }));
    assert.deepEqual(read(`config:\n  flask-app:app: ${secure}\n`), stack({}));
  });

  for (const [title, content] of [
    ["no YAML", "config: ["],
    ["wrong values", "config:\n  flask-app:app: { replicaCount: many }\n"],
    ["an app that is no object", "config:\n  flask-app:app: none\n"],
  ]) {
    it(`is refused with ${title}`, () => {
      assert.throws(() => read(content), {
        message:
          "Pulumi.staging.yaml is not valid, so production cannot be compared with it; run: pulumi preview --stack staging",
      });
    });
  }
});
