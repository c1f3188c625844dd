import * as assert from "assert/strict";
import { contradictionInConfig, stackFaults } from "../../components/checks/stackFaults";
import { templateFault } from "../../components/checks/templateFaults";
import { FlaskAppValues, StackConfig } from "../../components/config/config.generated";
import { ingressUrl } from "../../components/ingress";

function paths(app: FlaskAppValues, timeoutSeconds = 300): string[] {
  return stackFaults({ app, timeoutSeconds, postgresql: {} } as StackConfig).map(
    ({ path, problem }) => `${path}: ${problem}`,
  );
}

describe("Values of a stack that contradict each other", () => {
  it("are an image of one's own and the tag of the chart's", () => {
    const image = { repository: "registry.example.com/shop" };
    assert.match(paths({ image }).join(), /^app\.image\.tag: is missing, accepted: the tag of your image/);
    assert.equal(paths({ image: { ...image, digest: "sha256:0" } }).length, 1);
    assert.deepEqual(paths({ image: { ...image, tag: "1.0" } }), []);
    assert.deepEqual(paths({ image: { tag: "1.0" } }), []);
  });

  it("are a copy of the backups and an image of Bitnami's, which cannot encrypt it", () => {
    const inCluster = { backup: { copy: {} } };
    const faults = (image?: object) =>
      stackFaults({ app: {}, postgresql: { inCluster: { ...inCluster, image } } } as StackConfig);
    assert.deepEqual(faults(), []);
    const [{ path, problem }] = faults({ repository: "bitnamilegacy/postgresql", tag: "15.4.0-debian-11-r45" });
    assert.equal(path, "postgresql.inCluster.backup.copy");
    assert.match(problem, /^must not be set: it needs gpg/);
  });
});

describe("A contradiction that the chart found", () => {
  const fault = {
    path: "resources.requests.cpu",
    problem: 'found "500m", accepted: at most resources.limits.cpu, which is "200m"',
  };

  it("says which value is the chart's default, and how to get rid of it", () => {
    assert.equal(
      contradictionInConfig(fault, { resources: { requests: { cpu: "500m" } } }).problem,
      `${fault.problem} by the chart's default (set app.resources.limits.cpu, too, or null to remove it)`,
    );
    assert.match(contradictionInConfig(fault, {}).problem, /^found "500m", the chart's default, accepted/);
  });

  it("stays as it is if all values are the user's", () => {
    const resources = { requests: { cpu: "500m" }, limits: { cpu: "200m" } };
    assert.deepEqual(contradictionInConfig(fault, { resources }), { ...fault, path: "app.resources.requests.cpu" });
  });
});

describe("A template expression that Helm cannot evaluate", () => {
  const message =
    'error calling tpl: cannot parse template "- name: A\\n  value: \\"x {{ b }}\\"": template: gotpl:2: so not';

  it("is found in the values", () => {
    const values = { flask: { appName: "{{ other }}" }, extraEnv: [{ name: "A", value: "x {{ b }}" }] };
    assert.deepEqual(templateFault(message, values), {
      path: "extraEnv[0].value",
      problem:
        'holds a template expression that Helm cannot evaluate: so not; to keep {{ as it is, write {{ "{{" }} in its place',
    });
  });

  it("is not one in a template of the chart", () => {
    assert.equal(templateFault(message, {}), undefined);
    assert.equal(templateFault("template: flask-app/templates/service.yaml:5: so not", {}), undefined);
  });
});

describe("The URL of an Ingress", () => {
  it("is one that can be opened: no wildcard and no regular expression", () => {
    const url = (...names: string[]) => {
      const path = { path: "/api(/|$)(.*)", pathType: "ImplementationSpecific" };
      const hosts = names.map((host) => ({ host, paths: [path] }));
      const tls = [{ hosts: ["*.example.com"] }];
      return ingressUrl({ enabled: true, hosts, tls } as Parameters<typeof ingressUrl>[0]);
    };
    assert.equal(url("*.example.com", "api.example.com"), "https://api.example.com/api");
    assert.equal(url("*.example.com"), undefined);
  });
});
