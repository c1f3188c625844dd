import * as crypto from "crypto";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";
import { sandboxClient } from "./controlPlane";
import { Change, Helm, ReleaseInputs } from "./helm";
import { projectFolder } from "./paths";
import { whyNotReady } from "./pods";
import { StackFile, toProgramConfig } from "./stackFiles";
import { StackOutputs } from "./summary";
import { unwrapSecrets } from "./unwrapSecrets";
import { UserError } from "./userError";

/** What happens to one resource of a stack. */
export interface ResourceEvent {
  /** Such as `Release flask-dev`. */
  resource: string;
  change: "started" | "waiting" | Change | "deleted";
  /** What it waits for. */
  detail?: string;
}

interface ProgramRun {
  stack: string;
  file: StackFile;
  helm: Helm;
  report: (event: ResourceEvent) => void;
}

const releaseType = "kubernetes:helm.sh/v3:Release";
const passwordType = "random:index/randomPassword:RandomPassword";
const fieldManager = "flask-app-sandbox";

/**
 * Deploys a stack to the sandbox without the Pulumi CLI: index.ts runs in this process on the SDK's own mock monitor,
 * Helm installs every Release, and a Kubernetes client applies the plain resources. Passwords stay as they are in the
 * cluster's Secrets.
 *
 * A resource waits for those it depends on, and the others go side by side, as with the engine. When one fails, those
 * that depend on it are not begun, and those under way are finished.
 *
 * @throws {UserError} If the config is not valid (nothing was changed then), or with what Helm or the cluster said of
 *   each release or object that failed.
 */
export async function deployInProcess(run: ProgramRun): Promise<StackOutputs> {
  const cluster = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const passwords = await findPasswords(namespaceOf(run));
  return runProgram(run, async (type, name, inputs) => {
    switch (type) {
      case passwordType: {
        const password = passwords.get(name);
        run.report({ resource: `Password ${name}`, change: password ? "unchanged" : "created" });
        return { ...inputs, result: password ?? randomLetters(inputs.length as number) };
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
export async function destroyInProcess(run: ProgramRun): Promise<void> {
  const cluster = k8s.KubernetesObjectApi.makeApiClient(sandboxClient());
  const releases: ReleaseInputs[] = [];
  const objects: k8s.KubernetesObject[] = [];
  await runProgram(run, (type, name, inputs) => {
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

type Inputs = Record<string, unknown>;
type ResourceHandler = (type: string, name: string, inputs: Inputs) => Promise<Inputs>;

/** Runs index.ts on the mock monitor; `handle` makes each resource what its inputs say and returns its outputs. */
async function runProgram(run: ProgramRun, handle: ResourceHandler): Promise<StackOutputs> {
  const failures: Error[] = [];
  let underWay = 0;
  let stop: () => void;
  const stopped = new Promise<void>((resolve) => (stop = resolve));
  const never = new Promise<never>(() => undefined);

  const newResource = async ({ type, name, inputs, custom }: pulumi.runtime.MockResourceArgs) => {
    if (!custom) {
      return { id: undefined, state: {} };
    }
    if (failures.length > 0) {
      return never;
    }
    underWay += 1;
    const state = await handle(type, name, unwrapSecrets(inputs) as Inputs).catch((error: Error) => {
      failures.push(error);
      return {};
    });
    underWay -= 1;
    if (failures.length > 0) {
      if (underWay === 0) {
        stop();
      }
      // What depends on a failed resource waits for ever, and so is never begun.
      return never;
    }
    return { id: name, state };
  };
  const call = ({ token }: pulumi.runtime.MockCallArgs) => Promise.reject(new Error(`${token} needs the Pulumi CLI`));

  // The program names its charts relative to the project.
  process.chdir(projectFolder);
  await pulumi.runtime.setMocks({ newResource, call }, "flask-app", run.stack, false);
  pulumi.runtime.setAllConfig(toProgramConfig(run.file.config));
  const outputs: StackOutputs = {};
  const program = pulumi.runtime.runInPulumiStack(async () => {
    try {
      const exported = (await import("../index")) as Record<string, unknown>;
      for (const [name, value] of Object.entries(exported)) {
        const output = pulumi.output(value);
        outputs[name] = { value: await promiseOf(output), secret: await pulumi.isSecret(output) };
      }
    } catch (error) {
      // The SDK would report it a second time, with a stack trace.
      failures.push(error as Error);
    }
  });
  await Promise.race([program.then(() => pulumi.runtime.disconnect()), stopped]);
  if (failures.length > 0) {
    throw asUserError(failures);
  }
  return outputs;
}

/** Tells every few seconds why a release that is being deployed is not ready, until the returned function is called. */
function reportWaiting(run: ProgramRun, { name, namespace }: ReleaseInputs): () => void {
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

/** One error that tells all failures; a fault of the program itself keeps its stack trace. */
function asUserError(failures: Error[]): Error {
  const messages = failures.map((failure) => {
    if (failure instanceof k8s.ApiException) {
      return (JSON.parse(String(failure.body)) as { message: string }).message;
    }
    return failure instanceof UserError || pulumi.RunError.isInstance(failure) ? failure.message : undefined;
  });
  const unexpected = failures.find((_, index) => messages[index] === undefined);
  return unexpected ?? new UserError(messages.join("\n"));
}

function promiseOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}

/**
 * The passwords that the cluster's Secrets hold, by the name of their RandomPassword: components/secretValue.ts names
 * it after the Secret and the key.
 */
async function findPasswords(namespace: string): Promise<Map<string, string>> {
  const secrets = await sandboxClient().makeApiClient(k8s.CoreV1Api).listNamespacedSecret({ namespace });
  return new Map(
    secrets.items.flatMap(({ metadata, data = {} }) =>
      Object.entries(data).map(([key, value]) => [
        `${metadata?.name}-${key}`,
        Buffer.from(value, "base64").toString("utf8"),
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
  const after = await cluster.patch(
    object,
    undefined,
    undefined,
    fieldManager,
    true,
    k8s.PatchStrategy.ServerSideApply,
  );
  if (!before) {
    return "created";
  }
  return before.metadata?.resourceVersion === after.metadata?.resourceVersion ? "unchanged" : "updated";
}

/** Deletes what outlives the releases: the claims of their StatefulSets. */
async function deleteClaims(namespace: string): Promise<void> {
  const core = sandboxClient().makeApiClient(k8s.CoreV1Api);
  await core.deleteCollectionNamespacedPersistentVolumeClaim({ namespace });
  while ((await core.listNamespacedPersistentVolumeClaim({ namespace })).items.length > 0) {
    await sleep(100);
  }
}

function namespaceOf({ file }: ProgramRun): string {
  return String(file.config["flask-app:namespace"]);
}

async function deleteAndWait(cluster: k8s.KubernetesObjectApi, object: k8s.KubernetesObject): Promise<void> {
  if (await read(cluster, object)) {
    await cluster.delete(object);
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
