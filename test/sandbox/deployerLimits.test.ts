import * as assert from "assert/strict";
import * as fs from "fs";
import * as k8s from "@kubernetes/client-node";
import { setUpSandbox } from "../../sandbox/setUp";
import { kubeconfigFile } from "../../tools/lib/paths";
import { until } from "../helpers/cluster";
import { applyDeployerManifest, asDeployer, deployedStacks, may, removeDeployers } from "../helpers/deployer";
import { accessTo, clusterReads, forbiddenEverywhere, forbiddenIn } from "../helpers/deployerAccess";
import { api } from "../helpers/project";

const namespaces = deployedStacks.map(({ namespace }) => namespace);
const standard = "pod-security.kubernetes.io";

describe("what a deployer of docs/deployer.yaml cannot do", function () {
  this.timeout(600_000);
  let administrator: string;

  before("start the sandbox, and grant the rights", async () => {
    await setUpSandbox(new AbortController().signal);
    administrator = fs.readFileSync(kubeconfigFile, "utf8");
    await applyDeployerManifest();
    // The API server applies a new policy with a delay.
    await until("the policy is in force", async () =>
      (await refusal(() => create(api(k8s.KubernetesObjectApi), externalAddress("staging")))).includes("externalIPs"),
    );
  });

  after(async () => {
    fs.writeFileSync(kubeconfigFile, administrator);
    await removeDeployers();
  });

  it("is limited by a policy whose expressions the API server understands", async () => {
    const status = async () =>
      (await api(k8s.AdmissionregistrationV1Api).readValidatingAdmissionPolicy({ name: "flask-app-stacks" })).status;
    await until("the policy is checked", async () => (await status())?.typeChecking !== undefined);
    assert.equal((await status())!.typeChecking!.expressionWarnings, undefined);
  });

  it("has no rights in other namespaces, and only reads names in the whole cluster", async () => {
    const elsewhere = [...namespaces, "default", "kube-system", "flask-app-deployers"];
    for (const namespace of namespaces) {
      const refused = [
        ...elsewhere.filter((name) => name !== namespace).flatMap(accessTo),
        ...forbiddenEverywhere,
        ...forbiddenIn(namespace),
      ];
      await asDeployer(namespace, async (deployer) => {
        const allowed = await Promise.all(refused.map((access) => may(deployer, access)));
        assert.deepEqual(
          refused.filter((_, index) => allowed[index]),
          [],
        );
      });
    }
  });

  it("reads what a preview checks, as the viewer, too", async () => {
    for (const account of ["staging", "staging-viewer"]) {
      await asDeployer(account, async (deployer) => {
        for (const access of clusterReads) {
          assert.equal(await may(deployer, access), true, `${account}: ${JSON.stringify(access)}`);
        }
      });
    }
  });

  it("changes nothing as the viewer, not even in the stack's own namespace", async () => {
    await asDeployer("staging-viewer", async (viewer) => {
      for (const access of accessTo("staging").filter(({ verb }) => !["get", "list", "watch"].includes(verb!))) {
        assert.equal(await may(viewer, access), false, JSON.stringify(access));
      }
    });
  });

  for (const [change, labels] of Object.entries<Record<string, string | null>>({
    lowers: { [`${standard}/enforce`]: "privileged" },
    removes: { [`${standard}/enforce`]: null },
    dates: { [`${standard}/enforce-version`]: "v1.24" },
    "adds to": { [`${standard}/warn`]: "privileged" },
  })) {
    it(`never ${change} the Pod Security Standard of its namespace`, () =>
      asDeployer("staging", async () => {
        const refused = await refusal(() => patchLabels("staging", labels));
        assert.match(refused, /only those who may create namespaces change the Pod Security Standard of .* staging/);
      }));
  }

  it("may patch its namespace otherwise; an administrator may change the standard", async () => {
    await asDeployer("staging", () => patchLabels("staging", { [`${standard}/enforce`]: "restricted", team: "ml" }));
    await patchLabels("staging", { [`${standard}/enforce`]: "privileged" });
  });

  it("runs no pod that owns the node", () =>
    asDeployer("staging", async (deployer) => {
      const objects = deployer.makeApiClient(k8s.KubernetesObjectApi);
      const volumes = [{ name: "node", hostPath: { path: "/" } }];
      assert.match(await refusal(() => create(objects, pod("staging", { volumes }))), /violates PodSecurity.*hostPath/);
    }));

  for (const { what, object, message } of refusedObjects("staging")) {
    it(`creates no ${what}`, () =>
      asDeployer("staging", async (deployer) => {
        const objects = deployer.makeApiClient(k8s.KubernetesObjectApi);
        assert.match(await refusal(() => create(objects, object)), message);
      }));
  }

  it("creates what is like these, but harms nobody", () =>
    asDeployer("staging", async (deployer) => {
      const objects = deployer.makeApiClient(k8s.KubernetesObjectApi);
      await create(objects, pod("staging", {}));
      await create(objects, service("staging", {}));
      await create(objects, ingress("staging", { rules: [{ host: "flask-staging.sandbox.test" }] }));
      await create(objects, serviceMonitor("staging", { endpoints: [{ port: "http" }] }));
    }));
});

/** Objects that reach or harm others, and why the API server refuses each. */
function refusedObjects(namespace: string): { what: string; object: k8s.KubernetesObject; message: RegExp }[] {
  const hosts = /may serve only these hosts: flask-staging\.sandbox\.test/;
  const files = /may not scrape other namespaces, or use files/;
  const snippet = { "nginx.ingress.kubernetes.io/configuration-snippet": "return 200;" };
  const alias = { "nginx.ingress.kubernetes.io/server-alias": "api.sandbox.test" };
  const own = { rules: [{ host: "flask-staging.sandbox.test" }] };
  return [
    {
      what: "pod that preempts the pods of others",
      object: pod(namespace, { priorityClassName: "system-node-critical" }),
      message: /priority classes system-\*/,
    },
    { what: "Service with the address of another", object: externalAddress(namespace), message: /externalIPs/ },
    {
      what: "Service that is a name in another namespace",
      object: service(namespace, { type: "ExternalName", externalName: "db.production.svc" }),
      message: /ExternalName/,
    },
    {
      what: "Ingress with the host of another stack",
      object: ingress(namespace, { rules: [{ host: "api.sandbox.test" }] }),
      message: hosts,
    },
    {
      what: "Ingress with the certificate of another stack's host",
      object: ingress(namespace, { ...own, tls: [{ hosts: ["api.sandbox.test"], secretName: "tls" }] }),
      message: hosts,
    },
    {
      what: "Ingress for every host",
      object: ingress(namespace, {
        rules: [
          {
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "app", port: { number: 80 } } } }],
            },
          },
        ],
      }),
      message: hosts,
    },
    {
      what: "Ingress for all that no other serves",
      object: ingress(namespace, { defaultBackend: { service: { name: "app", port: { number: 80 } } } }),
      message: hosts,
    },
    {
      what: "Ingress with a snippet",
      object: ingress(namespace, own, snippet),
      message: /snippets and server aliases/,
    },
    {
      what: "Ingress with another stack's host as an alias",
      object: ingress(namespace, own, alias),
      message: /snippets and server aliases/,
    },
    {
      what: "ServiceMonitor that gets Prometheus's token",
      object: serviceMonitor(namespace, { endpoints: [{ port: "http", bearerTokenFile: "/var/run/secrets/token" }] }),
      message: files,
    },
    {
      what: "ServiceMonitor that gets Prometheus's key",
      object: serviceMonitor(namespace, { endpoints: [{ port: "http", tlsConfig: { keyFile: "/etc/key" } }] }),
      message: files,
    },
    {
      what: "ServiceMonitor for other namespaces",
      object: serviceMonitor(namespace, { endpoints: [{ port: "http" }], namespaceSelector: { any: true } }),
      message: files,
    },
  ];
}

/** Creates an object as a dry run. */
function create(client: k8s.KubernetesObjectApi, object: k8s.KubernetesObject): Promise<k8s.KubernetesObject> {
  return client.create(object, undefined, "All");
}

/** Changes labels of a namespace as a dry run, with the kubeconfig of the tests' sandbox. */
async function patchLabels(name: string, labels: Record<string, string | null>): Promise<void> {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } } as k8s.KubernetesObject;
  const strategy = k8s.PatchStrategy.MergePatch;
  await api(k8s.KubernetesObjectApi).patch(namespace, undefined, "All", undefined, undefined, strategy);
}

/** The API server's message when it refuses a request; empty if it does not. */
async function refusal(send: () => Promise<unknown>): Promise<string> {
  try {
    await send();
    return "";
  } catch (error) {
    assert.ok(error instanceof k8s.ApiException, String(error));
    return String(error.body);
  }
}

/** A pod that the restricted Pod Security Standard admits, unless `spec` says otherwise. */
function pod(namespace: string, spec: object): k8s.KubernetesObject {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
  const all = {
    containers: [{ name: "main", image: "busybox", securityContext }],
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    ...spec,
  };
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "x", namespace }, spec: all } as k8s.KubernetesObject;
}

function service(namespace: string, spec: object): k8s.KubernetesObject {
  const all = { ports: [{ port: 80 }], ...spec };
  return { apiVersion: "v1", kind: "Service", metadata: { name: "x", namespace }, spec: all } as k8s.KubernetesObject;
}

function externalAddress(namespace: string): k8s.KubernetesObject {
  return service(namespace, { externalIPs: ["192.0.2.1"] });
}

function ingress(namespace: string, spec: object, annotations: Record<string, string> = {}): k8s.KubernetesObject {
  const metadata = { name: "x", namespace, annotations };
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata, spec } as k8s.KubernetesObject;
}

function serviceMonitor(namespace: string, spec: object): k8s.KubernetesObject {
  const metadata = { name: "x", namespace };
  const all = { selector: {}, ...spec };
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "ServiceMonitor",
    metadata,
    spec: all,
  } as k8s.KubernetesObject;
}
