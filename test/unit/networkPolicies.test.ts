import assert from "node:assert/strict";
import { Manifest } from "../../components/checks/manifestFaults";
import { StackFileConfig } from "../../tools/lib/stackFiles";
import { allows, Endpoint, Port } from "../helpers/networkPolicies";
import { find, ProgramRun, runStack } from "../helpers/program";

describe("The network policies of a stack", function () {
  this.timeout(20_000);
  let run: ProgramRun;
  const release = "flask-prod";
  const dependencies = (resource: string) => find(run, resource).dependencies;
  const policy = (suffix: string) => `NetworkPolicy ${release}-${suffix}`;

  before(async () => {
    run = await runStack("production");
  });

  it("exist before the pods of the databases, their backups and the password Job", () => {
    for (const [pods, suffixes] of [
      [`Release ${release}-postgresql`, ["postgresql-access", "postgresql-backup", "postgresql-password"]],
      [`CronJob ${release}-postgresql-backup`, ["postgresql-access", "postgresql-backup"]],
      [`Release ${release}-redis`, ["redis-access"]],
    ] as const) {
      for (const suffix of suffixes) {
        assert.ok(dependencies(pods).includes(policy(suffix)), suffix);
      }
    }
    assert.ok(dependencies(`Job ${release}-postgresql-password`).includes(`Release ${release}-postgresql`));
  });

  it("deny by default only after everything else, so that no pod that already runs is cut off", () => {
    assert.deepEqual(find(run, policy("default-deny")).inputs.spec, {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const before = dependencies(policy("default-deny"));
    assert.ok(before.includes(`Release ${release}`));
    assert.ok(before.includes(policy("acme-solver")));
  });

  it("do not name databases outside the cluster, or jobs that do not exist", async () => {
    const external = {
      host: "db.example.com",
      username: "ann",
      database: "shop",
      password: "s3cret",
      sslMode: "require",
    };
    const useServers = (config: StackFileConfig) => {
      config["flask-app:postgresql"] = { external };
      config["flask-app:redis"] = { external: { host: "cache.example.com", tls: true, password: "s3cret" } };
    };
    const changed = await runStack("production", useServers, {
      secretKeys: ["flask-app:postgresql", "flask-app:redis"],
    });
    assert.deepEqual(policiesOf(changed), ["flask-prod-acme-solver", "flask-prod-default-deny"]);
    const staging = await runStack("staging", (config) => {
      Object.assign(config["flask-app:app"] as object, { networkPolicy: { enabled: true } });
    });
    const suffixes = ["default-deny", "postgresql-access", "postgresql-password", "redis-access"];
    assert.deepEqual(
      policiesOf(staging),
      suffixes.map((suffix) => `flask-staging-${suffix}`),
    );
  });

  it("allow DNS on its port anywhere if dnsPeers is empty", async () => {
    const changed = await runStack("production", (config) => {
      Object.assign(config["flask-app:app"] as object, { networkPolicy: { enabled: true, dnsPeers: [] } });
    });
    const { egress } = find(changed, policy("postgresql-backup")).inputs.spec as { egress: { to?: unknown }[] };
    assert.deepEqual(egress[0], {
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
    });
  });
});

/** Names of the policies that a program registered, sorted. */
function policiesOf({ registrations }: ProgramRun): string[] {
  const policies = registrations.filter(({ type }) => type.endsWith(":NetworkPolicy"));
  return policies.map(({ name }) => name).sort();
}

describe("The evaluation of network policies", () => {
  const endpoint = (name: string, namespace = "shop"): Endpoint => ({
    ip: "10.0.0.1",
    pod: { namespace, labels: { name }, namedPorts: { http: 8080 } },
  });
  const [web, db] = [endpoint("web"), endpoint("db")];
  const http: Port = { port: 8080, protocol: "TCP" };
  const select = (name: string) => ({ matchLabels: { name } });
  const inNamespace = (name: string) => ({ matchLabels: { "kubernetes.io/metadata.name": name } });
  const policyOf = (spec: object): Manifest => ({
    apiVersion: "networking.k8s.io/v1",
    kind: "NetworkPolicy",
    metadata: { name: "policy", namespace: "shop" },
    spec: { podSelector: select("db"), ...spec },
  });
  const admits = (spec: object, from: Endpoint = web, port: Port = http) => allows([policyOf(spec)], from, db, port);

  it("allows everything to pods that no policy selects", () => {
    assert.ok(allows([], web, db, http));
    assert.ok(allows([policyOf({})], db, web, http));
    assert.ok(allows([policyOf({})], web, endpoint("db", "other"), http));
  });

  it("allows nothing to a selected pod without rules; without policyTypes, a policy without egress restricts only ingress", () => {
    assert.ok(!admits({}));
    assert.ok(allows([policyOf({})], db, web, http));
    assert.ok(!allows([policyOf({ policyTypes: ["Egress"] })], db, web, http));
    assert.ok(!allows([policyOf({ egress: [{ ports: [{ port: 53 }] }] })], db, web, http));
    assert.ok(admits({ policyTypes: ["Egress"] }));
  });

  it("adds up the rules of all policies", () => {
    const ingress = [{ from: [{ podSelector: select("web") }] }];
    assert.ok(allows([policyOf({}), policyOf({ ingress })], web, db, http));
  });

  it("takes both selectors of one peer together, and those of two peers as alternatives", () => {
    const [podSelector, namespaceSelector] = [select("web"), inNamespace("other")];
    const together = { ingress: [{ from: [{ podSelector, namespaceSelector }] }] };
    assert.ok(admits(together, endpoint("web", "other")));
    assert.ok(!admits(together, web));
    assert.ok(!admits(together, endpoint("stranger", "other")));
    const alternatives = { ingress: [{ from: [{ podSelector }, { namespaceSelector }] }] };
    assert.ok(admits(alternatives, web));
    assert.ok(admits(alternatives, endpoint("stranger", "other")));
    assert.ok(!admits(alternatives, endpoint("web", "third")));
  });

  it("knows ports by number, name and range, and their protocol", () => {
    const on = (port: object) => ({ ingress: [{ ports: [port] }] });
    assert.ok(admits(on({ port: 8080 })));
    assert.ok(admits(on({ port: "http" })));
    assert.ok(admits(on({ port: 8000, endPort: 8080 })));
    assert.ok(!admits(on({ port: 8081 })));
    assert.ok(!admits(on({ port: "metrics" })));
    assert.ok(!admits(on({ port: 8080, protocol: "UDP" })));
  });

  it("knows networks and their exceptions, also for pods", () => {
    const from = (ipBlock: object) => ({ ingress: [{ from: [{ ipBlock }] }] });
    assert.ok(admits(from({ cidr: "192.0.2.0/24" }), { ip: "192.0.2.9" }));
    assert.ok(!admits(from({ cidr: "192.0.2.0/24" }), { ip: "198.51.100.9" }));
    assert.ok(!admits(from({ cidr: "192.0.2.0/24", except: ["192.0.2.8/30"] }), { ip: "192.0.2.9" }));
    assert.ok(admits(from({ cidr: "10.0.0.0/8" })));
  });

  it("knows every operator of a selector", () => {
    const by = (operator: string, values?: string[]) => ({
      ingress: [{ from: [{ podSelector: { matchExpressions: [{ key: "name", operator, values }] } }] }],
    });
    assert.ok(admits(by("In", ["web"])) && !admits(by("In", ["db"])));
    assert.ok(admits(by("NotIn", ["db"])) && !admits(by("NotIn", ["web"])));
    assert.ok(admits(by("Exists")) && !admits(by("DoesNotExist")));
  });
});
