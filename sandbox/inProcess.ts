import * as crypto from "crypto";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { apiMessage } from "../components/cluster/cluster";
import { rotationPrefix } from "../components/generatedSecret";
import { sandboxClient } from "./controlPlane";
import { Change, Helm, ReleaseInputs } from "./helm";
import { deployJob } from "./jobs";
import { projectFolder } from "../tools/lib/paths";
import { whyNotReady } from "./pods";
import { jobType, passwordType, ProgramRun, releaseType, runProgram } from "../tools/lib/program";
import { StackFile } from "../tools/lib/stackFiles";
import { StackOutputs } from "./summary";
import { UserError } from "../tools/lib/userError";

/** What happens to one resource of a stack. */
export interface ResourceEvent {
  /** Such as `Release flask-dev`. */
  resource: string;
  change: "started" | "waiting" | Change | "deleted";
  /** What it waits for. */
  detail?: string;
}

interface Deployment {
  stack: string;
  file: StackFile;
  helm: Helm;
  report: (event: ResourceEvent) => void;
}

const fieldManager = "flask-app-sandbox";

/**
 * Deploys a stack to the sandbox without the Pulumi CLI: the program runs in this process, Helm installs every Release,
 * and a Kubernetes client applies the plain resources. Passwords stay as they are in the cluster's Secrets, unless their
 * rotation is another one than these tell.
 *
 * @throws {UserError} If the config is not valid (nothing was changed then), or with what Helm or the cluster said of
 *   each release or object that failed.
 */
export async function deployInProcess(run: Deployment): Promise<StackOutputs> {
  const cluster = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const passwords = await findSecretValues(sandboxClient(), namespaceOf(run));
  return runProgram(programOf(run), async (type, name, inputs) => {
    switch (type) {
      case passwordType: {
        const found = passwords.get(name);
        const { rotation } = (inputs.keepers ?? {}) as { rotation?: string };
        const kept = found?.rotation === rotation ? found : undefined;
        run.report({ resource: `Password ${name}`, change: kept ? "unchanged" : found ? "updated" : "created" });
        return { ...inputs, result: kept?.value ?? randomLetters(inputs.length as number) };
      }
      case releaseType: {
        const resource = `Release ${inputs.name as string}`;
        run.report({ resource, change: "started" });
        const release = inputs as unknown as ReleaseInputs;
        const stopReporting = reportWaiting(run, release);
        const change = await run.helm.deploy(release).finally(stopReporting);
        run.report({ resource, change });
        return inputs;
      }
      case jobType: {
        const job = inputs as unknown as k8s.V1Job;
        const change = await deployJob(job, () => apply(cluster, job), fieldManager);
        run.report({ resource: `Job ${job.metadata?.name}`, change });
        return inputs;
      }
      default: {
        const object = inputs as unknown as k8s.KubernetesObject;
        const resource = `${object.kind} ${object.metadata?.name}`;
        run.report({ resource, change: await apply(cluster, object) });
        return inputs;
      }
    }
  });
}

/**
 * Takes a stack out of the sandbox, its data and passwords included: the releases first, side by side, then every other
 * object that the program would deploy, the last one first.
 */
export async function destroyInProcess(run: Deployment): Promise<void> {
  const cluster = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const releases: ReleaseInputs[] = [];
  const objects: k8s.KubernetesObject[] = [];
  await runProgram(programOf(run), (type, name, inputs) => {
    if (type === passwordType) {
      return Promise.resolve({ ...inputs, result: name });
    }
    if (type === releaseType) {
      releases.push(inputs as unknown as ReleaseInputs);
    } else {
      objects.push(inputs);
    }
    return Promise.resolve(inputs);
  });
  await Promise.all(
    releases.map(async ({ name, namespace }) => {
      run.report({ resource: `Release ${name}`, change: "started" });
      await run.helm.uninstall(name, namespace);
      run.report({ resource: `Release ${name}`, change: "deleted" });
    }),
  );
  await deleteClaims(namespaceOf(run));
  for (const object of objects.reverse()) {
    await deleteAndWait(cluster, object);
    run.report({ resource: `${object.kind} ${object.metadata?.name}`, change: "deleted" });
  }
}

/** Tells every few seconds why a release that is being deployed is not ready, until the returned function is called. */
function reportWaiting(run: Deployment, { name, namespace }: ReleaseInputs): () => void {
  let last = "";
  const timer = setInterval(() => {
    void whyNotReady(namespace, name)
      // Helm says what is wrong in the end; this is only news meanwhile.
      .catch(() => [])
      .then((reasons) => {
        const detail = reasons.join("\n");
        if (detail && detail !== last) {
          run.report({ resource: `Release ${name}`, change: "waiting", detail });
        }
        last = detail;
      });
  }, 5000);
  return () => clearInterval(timer);
}

/**
 * The passwords that the cluster's Secrets hold, by the name of their RandomPassword: components/secretValue.ts names
 * it after the Secret and the key.
 */
export async function findPasswords(cluster: k8s.KubeConfig, namespace: string): Promise<Map<string, string>> {
  const found = await findSecretValues(cluster, namespace);
  return new Map([...found].map(([name, { value }]) => [name, value]));
}

async function findSecretValues(
  cluster: k8s.KubeConfig,
  namespace: string,
): Promise<Map<string, { value: string; rotation?: string }>> {
  const secrets = await cluster.makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace });
  return new Map(
    secrets.items.flatMap(({ metadata, data = {} }) =>
      Object.entries(data).map(([key, value]) => [
        `${metadata?.name}-${key}`,
        {
          value: Buffer.from(value, "base64").toString("utf8"),
          rotation: metadata?.annotations?.[`${rotationPrefix}${key}`],
        },
      ]),
    ),
  );
}

function randomLetters(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => letters[crypto.randomInt(letters.length)]).join("");
}

/** Applies an object server-side, which leaves alone what others have set on it. */
async function apply(cluster: k8s.KubernetesObjectApi, object: k8s.KubernetesObject): Promise<Change> {
  const before = await read(cluster, object);
  const after = await cluster
    .patch(object, undefined, undefined, fieldManager, true, k8s.PatchStrategy.ServerSideApply)
    .catch((error: Error) => {
      throw error instanceof k8s.ApiException ? new UserError(apiMessage(error)) : error;
    });
  if (!before) {
    return "created";
  }
  return before.metadata?.resourceVersion === after.metadata?.resourceVersion ? "unchanged" : "updated";
}

/** Deletes what outlives the releases: the claims of their StatefulSets. */
async function deleteClaims(namespace: string): Promise<void> {
  const core = sandboxClient().makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace });
  // One by one: to delete all at once is a right that nothing else here takes.
  await Promise.all(
    items.map(({ metadata }) => core.deleteNamespacedPersistentVolumeClaim({ namespace, name: metadata!.name! })),
  );
  while ((await core.listNamespacedPersistentVolumeClaim({ namespace })).items.length > 0) {
    await sleep(100);
  }
}

function programOf({ stack, file }: Deployment): ProgramRun {
  return { stack, config: file.config, folder: projectFolder };
}

function namespaceOf({ file }: Deployment): string {
  return String(file.config["flask-app:namespace"]);
}

async function deleteAndWait(cluster: k8s.KubernetesObjectApi, object: k8s.KubernetesObject): Promise<void> {
  if (await read(cluster, object)) {
    // A Job's pods would stay.
    await cluster.delete(object, undefined, undefined, undefined, undefined, "Background");
  }
  while (await read(cluster, object)) {
    await sleep(100);
  }
}

async function read(
  cluster: k8s.KubernetesObjectApi,
  { apiVersion, kind, metadata }: k8s.KubernetesObject,
): Promise<k8s.KubernetesObject | undefined> {
  try {
    return await cluster.read({
      apiVersion,
      kind,
      metadata: { name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" },
    });
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 404) {
      return undefined;
    }
    throw error;
  }
}
