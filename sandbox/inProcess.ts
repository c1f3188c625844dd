import * as crypto from "crypto";
import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../components/checks/manifestFaults";
import { releaseType } from "../components/checks/plannedStack";
import { secretContent } from "../components/cluster/secretContent";
import { rotationPrefix } from "../components/generatedSecret";
import { projectFolder } from "../tools/lib/paths";
import { chartRenderer } from "../tools/lib/helmTemplate";
import {
  createNothing,
  jobType,
  MockRun,
  passwordType,
  plannedResources,
  ReleaseInputs,
  ResourceHandler,
  runProject,
  StackOutputs,
} from "../tools/lib/program";
import { StackFile } from "../tools/lib/stackFiles";
import { applyJob, applyObject, Change, deleteObject } from "./clusterObjects";
import { sandboxClient } from "./controlPlane";
import { Helm } from "./helm";
import { whyNotReady } from "./pods";

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

/**
 * Deploys a stack to the sandbox without the Pulumi CLI. The program runs in this process, Helm installs every Release,
 * and a Kubernetes client applies the plain objects. The cluster's Secrets keep their passwords, unless the stack's
 * rotation of one differs from the one noted there.
 *
 * @throws {UserError} If the config is not valid (then nothing was changed), or with the message of Helm or of the API
 *   server for each release or object that failed.
 */
export async function deployInProcess(run: Deployment): Promise<StackOutputs> {
  await preview(run);
  const passwords = await findPasswords(sandboxClient(), namespaceOf(run));
  const handle: ResourceHandler = async (type, name, inputs) => {
    if (type === passwordType) {
      const found = passwords.get(name);
      const { rotation } = (inputs.keepers ?? {}) as { rotation?: string };
      const kept = found?.rotation === rotation ? found : undefined;
      run.report({ resource: `Password ${name}`, change: kept ? "unchanged" : found ? "updated" : "created" });
      return { ...inputs, result: kept?.value ?? randomLetters(inputs.length as number) };
    }
    if (type === releaseType) {
      const release = inputs as unknown as ReleaseInputs;
      run.report({ resource: `Release ${release.name}`, change: "started" });
      const stopReporting = reportWaiting(run, release);
      const change = await run.helm.deploy(release).finally(stopReporting);
      run.report({ resource: `Release ${release.name}`, change });
    } else {
      const object = inputs as unknown as Manifest;
      run.report({ resource: nameOf(object), change: await (type === jobType ? applyJob : applyObject)(object) });
    }
    return inputs;
  };
  return runProject(projectFolder, { ...programOf(run), handle, readSecret });
}

/** Finds what the chart refuses before anything is deployed, as a preview of the Pulumi CLI does. */
async function preview(run: Deployment): Promise<void> {
  const render = chartRenderer({ helm: run.helm.binary, folder: projectFolder });
  await runProject(projectFolder, { ...programOf(run), handle: createNothing, render, readSecret });
}

/**
 * Removes a stack from the sandbox with its data and passwords: first the releases, in parallel, then every other object
 * of the program, in reverse order.
 */
export async function destroyInProcess(run: Deployment): Promise<void> {
  const { releases, objects } = await plannedResources(projectFolder, programOf(run));
  await Promise.all(
    releases.map(async (release) => {
      run.report({ resource: `Release ${release.name}`, change: "started" });
      await run.helm.uninstall(release);
      run.report({ resource: `Release ${release.name}`, change: "deleted" });
    }),
  );
  for (const object of objects.reverse()) {
    if (object.kind === "Namespace") {
      // Only now: a claim stays as long as a pod names it, also one that is done, such as that of a backup.
      await deleteClaims(namespaceOf(run));
    }
    await deleteObject(object);
    run.report({ resource: nameOf(object), change: "deleted" });
  }
}

/** A password in the cluster, and the rotation it was created for. */
export interface Password {
  value: string;
  rotation?: string;
}

/** The values of the cluster's Secrets, by `<Secret>-<key>`, which is how the program names their RandomPassword. */
export async function findPasswords(cluster: k8s.KubeConfig, namespace: string): Promise<Map<string, Password>> {
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

/** Reports every few seconds why the pods of a release are not ready, until the returned function is called. */
function reportWaiting(run: Deployment, { name, namespace }: ReleaseInputs): () => void {
  let last = "";
  const timer = setInterval(() => {
    void whyNotReady(namespace, name)
      // Helm reports its own errors. This is only progress.
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

function randomLetters(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => letters[crypto.randomInt(letters.length)]).join("");
}

/** Deletes the claims of StatefulSets, which outlive their release. */
async function deleteClaims(namespace: string): Promise<void> {
  const core = sandboxClient().makeApiClient(k8s.CoreV1Api);
  const { items } = await core.listNamespacedPersistentVolumeClaim({ namespace });
  // One by one, because a deployer does not have the right `deletecollection`.
  await Promise.all(
    items.map(({ metadata }) =>
      deleteObject({ apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: metadata!.name!, namespace } }),
    ),
  );
}

function nameOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name}`;
}

function programOf({ stack, file }: Deployment): Pick<MockRun, "stack" | "config"> {
  return { stack, config: file.config };
}

function readSecret(namespace: string, name: string): Promise<Record<string, string> | undefined> {
  return secretContent(sandboxClient(), namespace, name);
}

function namespaceOf({ file }: Deployment): string {
  return String(file.config["flask-app:namespace"]);
}
