import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { Manifest } from "../components/checks/manifestFaults";
import { apiMessage } from "../components/cluster/cluster";
import { ObjectApi } from "../components/cluster/objectApi";
import { UserError } from "../tools/lib/userError";
import { sandboxClient } from "./controlPlane";

/** What a deployment did to an object or a release. */
export type Change = "created" | "updated" | "unchanged";

const api = () => sandboxClient().makeApiClient(ObjectApi);

/**
 * Applies an object server-side, which keeps the fields that others have set on it.
 *
 * @throws {UserError} If the API server refuses it.
 */
export async function applyObject(object: Manifest): Promise<Change> {
  try {
    const before = await api().find(object);
    const after = await api().apply(object, "flask-app-sandbox");
    if (!before) {
      return "created";
    }
    return versionOf(before) === versionOf(after) ? "unchanged" : "updated";
  } catch (error) {
    throw error instanceof k8s.ApiException ? new UserError(apiMessage(error), { cause: error }) : error;
  }
}

/**
 * Applies a Job and waits until it is complete. Like the engine, it replaces a Job that has failed, or that differs in an
 * immutable field.
 *
 * @throws {UserError} If the Job fails or exceeds its deadline, or the API server refuses it.
 */
export async function applyJob(job: Manifest): Promise<Change> {
  const hasFailed = conditionOf(await api().find(job), "Failed") !== undefined;
  const change = hasFailed ? undefined : await applyObject(job).catch(undefinedIfInvalid);
  if (change === undefined) {
    await deleteObject(job);
    await applyObject(job);
  }
  for (let current = await api().find(job); !conditionOf(current, "Complete"); current = await api().find(job)) {
    const failure = conditionOf(current, "Failed");
    if (failure) {
      throw new UserError(`Job ${job.metadata.name}: ${failure.message}; the logs of its pods say why.`);
    }
    await sleep(200);
  }
  return change ?? "updated";
}

/** Deletes an object and what it owns, such as the pods of a Job, and returns when all of it is gone. */
export async function deleteObject(object: Manifest): Promise<void> {
  if (await api().find(object)) {
    await api().delete(object, undefined, undefined, undefined, undefined, "Foreground");
  }
  while (await api().find(object)) {
    await sleep(100);
  }
}

function versionOf({ metadata }: Manifest): string | undefined {
  return (metadata as k8s.V1ObjectMeta).resourceVersion;
}

function conditionOf(job: Manifest | undefined, wanted: "Complete" | "Failed"): k8s.V1JobCondition | undefined {
  const { conditions = [] } = (job?.status ?? {}) as k8s.V1JobStatus;
  return conditions.find(({ type, status }) => type === wanted && status === "True");
}

/** Rethrows an error, except the API server's answer to a change of an immutable field. */
function undefinedIfInvalid(error: Error): undefined {
  if (!(error.cause instanceof k8s.ApiException && error.cause.code === 422)) {
    throw error;
  }
}
