import assert from "node:assert/strict";
import * as k8s from "@kubernetes/client-node";
import fc from "fast-check";
import { manifestRailFaults } from "../../components/checks/guardRails";
import { Manifest } from "../../components/checks/manifestFaults";
import { setUpSandbox } from "../../sandbox/setUp";
import { deleteNamespace } from "../helpers/cluster";
import { api } from "../helpers/project";
import { parse } from "../helpers/stackConfig";

const namespace = "restricted";

/** Some of the given fields, each with one of its values. */
function someOf(fields: Record<string, unknown[]>): fc.Arbitrary<Record<string, unknown>> {
  return fc.record(
    Object.fromEntries(Object.entries(fields).map(([field, values]) => [field, fc.constantFrom(...values)])),
    { requiredKeys: [] },
  );
}

/** A value that the standard accepts most of the time, because a pod with many faults tests none of them. */
function mostly<T, U>(safe: T, unsafe: fc.Arbitrary<U>): fc.Arbitrary<T | U> {
  return fc.oneof({ weight: 6, arbitrary: fc.constant(safe) }, { weight: 1, arbitrary: unsafe });
}

const seccomp = ["RuntimeDefault", "Unconfined"].map((type) => ({ type }));
const profiles = [...seccomp, { type: "Localhost", localhostProfile: "a.json" }];
const shared = {
  runAsNonRoot: [true, false],
  runAsUser: [0, 1000],
  seccompProfile: profiles,
  appArmorProfile: profiles,
  seLinuxOptions: [{ type: "container_t" }, { type: "spc_t" }, { user: "u" }, { role: "r" }, { level: "s0" }],
};
const podContexts = someOf({
  ...shared,
  sysctls: ["net.ipv4.tcp_syncookies", "kernel.shm_rmid_forced", "kernel.msgmax"].map((name) => [{ name, value: "1" }]),
});
const safeContext = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};
const containerContexts = fc.oneof(
  someOf({
    ...shared,
    privileged: [true, false],
    allowPrivilegeEscalation: [true, false],
    procMount: ["Default", "Unmasked"],
    capabilities: [{ drop: ["ALL"] }, { drop: ["NET_RAW"] }, { drop: ["ALL"], add: ["SYS_ADMIN"] }],
  }),
  someOf({ ...shared, procMount: ["Default"], privileged: [true, false] }).map((more) => ({ ...safeContext, ...more })),
  fc.constantFrom("NET_BIND_SERVICE", "NET_ADMIN").map((add) => ({
    ...safeContext,
    capabilities: { drop: ["ALL"], add: [add] },
  })),
);
const volumes = fc.constantFrom(
  { hostPath: { path: "/" } },
  { nfs: { server: "nfs", path: "/" } },
  { emptyDir: {} },
  { secret: { secretName: "s" } },
);
const basics = {
  name: fc.constant("web"),
  image: fc.constant("web:1.0"),
  securityContext: mostly(safeContext, containerContexts),
};
const containers = fc.record(
  {
    ...basics,
    livenessProbe: mostly(
      { httpGet: { path: "/a", port: 80 } },
      fc.constantFrom({ httpGet: { path: "/a", port: 80, host: "10.0.0.1" } }, { tcpSocket: { port: 80, host: "a" } }),
    ),
    lifecycle: mostly({}, fc.constant({ preStop: { httpGet: { path: "/a", port: 80, host: "10.0.0.1" } } })),
    ports: mostly([{ containerPort: 80 }], fc.constant([{ containerPort: 80, hostPort: 80 }])),
  },
  { requiredKeys: ["name", "image"] },
);
const initContainers = fc.record({ ...basics, name: fc.constant("init") }, { requiredKeys: ["name", "image"] });
const annotation = "container.apparmor.security.beta.kubernetes.io/web";
const pods = fc.record({
  annotations: mostly({}, fc.constantFrom({ [annotation]: "unconfined" }, { [annotation]: "runtime/default" })),
  spec: fc.record(
    {
      containers: fc.array(containers, { minLength: 1, maxLength: 1 }),
      initContainers: fc.array(initContainers, { maxLength: 1 }),
      securityContext: mostly({ runAsNonRoot: true }, podContexts),
      volumes: mostly(
        [],
        volumes.map((volume) => [{ name: "data", ...volume }]),
      ),
      hostNetwork: mostly(false, fc.constant(true)),
      hostPID: mostly(false, fc.constant(true)),
      hostIPC: mostly(false, fc.constant(true)),
    },
    { requiredKeys: ["containers"] },
  ),
});

describe("A pod that the API server refuses in a namespace with the restricted Pod Security Standard", function () {
  this.timeout(600_000);

  before("create the namespace", async () => {
    await setUpSandbox(new AbortController().signal);
    const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
    await api(k8s.CoreV1Api).createNamespace({ body: { metadata: { name: namespace, labels } } });
    // Pods need the namespace's default account.
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default" } };
    await api(k8s.CoreV1Api).createNamespacedServiceAccount({ namespace, body: account }).catch(isCreatedAlready);
  });

  after("delete the namespace", () => deleteNamespace(namespace));

  it("is refused by the guard rail pod-security, and one that it admits is not", async () => {
    const config = { ...parse(), tier: undefined, namespace };
    const seen = { admitted: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(pods, async ({ annotations, spec }) => {
        const pod: Manifest = { apiVersion: "v1", kind: "Pod", metadata: { name: "pod", annotations }, spec };
        const message = await refusal(pod);
        fc.pre(message === undefined || message.includes("violates PodSecurity"));
        const faults = manifestRailFaults([pod], config).filter(({ problem }) => problem.includes("pod-security"));
        assert.equal(faults.length > 0, message !== undefined, `${message}\n${JSON.stringify(faults, null, 1)}`);
        seen[message === undefined ? "admitted" : "refused"] += 1;
      }),
      { numRuns: 400, maxSkipsPerRun: 20 },
    );
    assert.ok(seen.admitted > 20 && seen.refused > 20, JSON.stringify(seen));
  });
});

/** What the API server says against a pod; undefined if it would create it. */
async function refusal(pod: Manifest): Promise<string | undefined> {
  try {
    await api(k8s.CoreV1Api).createNamespacedPod({ namespace, body: pod, dryRun: "All" });
    return undefined;
  } catch (error) {
    assert.ok(error instanceof k8s.ApiException, String(error));
    return String(error.body);
  }
}

function isCreatedAlready(error: unknown): void {
  assert.ok(error instanceof k8s.ApiException && error.code === 409, String(error));
}
