import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { apiMessage } from "../components/cluster/cluster";
import { UserError } from "../tools/lib/userError";
import { sandboxClient } from "./controlPlane";

/** What a deployment did to an object or a release. */
export type Change = "created" | "updated" | "unchanged";

const client = () => k8s.KubernetesObjectApi.makeApiClient(sandboxClient());

/**
 * Applies an object server-side, which keeps the fields that others have set on it.
 *
 * @throws {UserError} If the API server refuses it.
 */
export async function applyObject(object: k8s.KubernetesObject): Promise<Change> {
  return apply(object).catch((error: unknown) => {
    throw toUserError(error);
  });
}

/**
 * Applies a Job and waits until it is complete. Like the engine, it replaces a Job that has failed, or that differs in an
 * immutable field.
 *
 * @throws {UserError} If the Job fails or exceeds its deadline, or the API server refuses it.
 */
export async function applyJob(job: k8s.V1Job): Promise<Change> {
  const change = conditionOf(await readJob(job), "Failed") ? undefined : await apply(job).catch(undefinedIfInvalid);
  if (change === undefined) {
    await deleteObject(job, "Foreground");
    await applyObject(job);
  }
  for (let current = await readJob(job); !conditionOf(current, "Complete"); current = await readJob(job)) {
    const failure = conditionOf(current, "Failed");
    if (failure) {
      throw new UserError(`Job ${job.metadata?.name}: ${failure.message}; the logs of its pods say why.`);
    }
    await sleep(200);
  }
  return change ?? "updated";
}

/** Deletes an object and what it owns, and returns when the object is gone. */
export async function deleteObject(
  object: k8s.KubernetesObject,
  propagation: "Background" | "Foreground" = "Background",
): Promise<void> {
  if (await read(object)) {
    await client().delete(object, undefined, undefined, undefined, undefined, propagation);
  }
  while (await read(object)) {
    await sleep(100);
  }
}

async function apply(object: k8s.KubernetesObject): Promise<Change> {
  const before = await read(object);
  const strategy = k8s.PatchStrategy.ServerSideApply;
  const after = await client().patch(object, undefined, undefined, "flask-app-sandbox", true, strategy);
  if (!before) {
    return "created";
  }
  return before.metadata?.resourceVersion === after.metadata?.resourceVersion ? "unchanged" : "updated";
}

async function read({ apiVersion, kind, metadata }: k8s.KubernetesObject): Promise<k8s.KubernetesObject | undefined> {
  try {
    const { name = "", namespace = "" } = metadata ?? {};
    return await client().read({ apiVersion, kind, metadata: { name, namespace } });
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 404) {
      return undefined;
    }
    throw error;
  }
}

async function readJob(job: k8s.V1Job): Promise<k8s.V1Job | undefined> {
  return await read(job);
}

function conditionOf(job: k8s.V1Job | undefined, wanted: "Complete" | "Failed"): k8s.V1JobCondition | undefined {
  return job?.status?.conditions?.find(({ type, status }) => type === wanted && status === "True");
}

/** Rethrows an error, except the API server's answer to a change of an immutable field. */
function undefinedIfInvalid(error: unknown): undefined {
  if (!(error instanceof k8s.ApiException && error.code === 422)) {
    throw toUserError(error);
  }
}

function toUserError(error: unknown): unknown {
  return error instanceof k8s.ApiException ? new UserError(apiMessage(error)) : error;
}
