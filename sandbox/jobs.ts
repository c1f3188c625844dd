import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "./controlPlane";
import { Change } from "./helm";
import { UserError } from "../tools/lib/userError";

/**
 * Deploys a Job as the engine does: a Job cannot be changed, so that one that differs or has failed is made anew; and it
 * waits until the Job is done.
 *
 * @param apply Applies the Job's manifest.
 * @param fieldManager As which it does so.
 * @throws {UserError} If the Job fails, or takes longer than its deadline.
 */
export async function deployJob(job: k8s.V1Job, apply: () => Promise<Change>, fieldManager: string): Promise<Change> {
  const api = sandboxClient().makeApiClient(k8s.BatchV1Api);
  const name = job.metadata?.name ?? "";
  const namespace = job.metadata?.namespace ?? "";
  const find = async (): Promise<k8s.V1Job | undefined> =>
    (await api.listNamespacedJob({ namespace, fieldSelector: `metadata.name=${name}` })).items[0];

  const live = await find();
  const replace = live && (hasCondition(live, "Failed") || !(await canBecome(api, job, fieldManager)));
  if (replace) {
    await api.deleteNamespacedJob({ namespace, name, propagationPolicy: "Foreground" });
    while (await find()) {
      await sleep(100);
    }
  }
  const change = await apply();
  for (let current = await find(); !current || !hasCondition(current, "Complete"); current = await find()) {
    const failed = current?.status?.conditions?.find(({ type, status }) => type === "Failed" && status === "True");
    if (failed) {
      throw new UserError(`Job ${name}: ${failed.message}; its pods' logs say why.`);
    }
    await sleep(200);
  }
  return replace ? "updated" : change;
}

function hasCondition({ status }: k8s.V1Job, wanted: "Complete" | "Failed"): boolean {
  return status?.conditions?.some(({ type, status }) => type === wanted && status === "True") ?? false;
}

/** Whether the API server would let the Job that is there become this one. */
async function canBecome(api: k8s.BatchV1Api, body: k8s.V1Job, fieldManager: string): Promise<boolean> {
  const { name = "", namespace = "" } = body.metadata ?? {};
  try {
    await api.patchNamespacedJob(
      { name, namespace, body, fieldManager, force: true, dryRun: "All" },
      k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.ServerSideApply),
    );
    return true;
  } catch (error) {
    if (error instanceof k8s.ApiException && error.code === 422) {
      return false;
    }
    throw error;
  }
}
