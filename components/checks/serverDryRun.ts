import * as k8s from "@kubernetes/client-node";
import { apiMessage, request } from "../cluster/cluster";
import { ObjectApi } from "../cluster/objectApi";
import { mergePatch } from "./mergePatch";
import { Manifest } from "./manifestFaults";

/** An object of a release, with its namespace. */
export interface ReleaseObject {
  manifest: Manifest;
  /** What Helm deployed last under this name; undefined if nothing. */
  deployed?: Manifest;
}

/** What the API server says about the objects of a stack. */
export interface ServerVerdict {
  /** What it would refuse: an object, the path of the field if there is one, and its words. */
  refused: string[];
  /** What it was not asked, and why. */
  warnings: string[];
}

/** What the API server says about one object. */
interface ObjectVerdict {
  refused?: string[];
  /** The right that is missing, such as `create deployments`. */
  missingRight?: string;
  /** Why an object cannot be checked without creating it. */
  unchecked?: string;
}

/**
 * Sends the objects of a stack's releases to the API server as Helm will send them, but as a dry run. So the preview fails
 * with what validation, immutable fields, admission policies, webhooks and quotas would refuse in the deployment.
 *
 * The dry run needs the rights of the deployment, and its namespace. What fails only because the stack has yet to create
 * something does not count.
 *
 * @param objects The objects to ask about.
 * @param planned Everything that the stack creates.
 * @throws {Refusal} If the cluster does not answer.
 */
export async function askServer(
  cluster: k8s.KubeConfig,
  objects: ReleaseObject[],
  planned: Manifest[],
): Promise<ServerVerdict> {
  const api = cluster.makeApiClient(ObjectApi);
  const verdicts = await request(cluster, () => Promise.all(objects.map((object) => judge(api, object, planned))));
  return {
    refused: verdicts.flatMap(({ refused }) => refused ?? []),
    warnings: [
      ...missingRights(verdicts.flatMap(({ missingRight }) => missingRight ?? [])),
      ...verdicts.flatMap(({ unchecked }) => unchecked ?? []),
    ],
  };
}

async function judge(api: ObjectApi, object: ReleaseObject, planned: Manifest[]): Promise<ObjectVerdict> {
  const { manifest } = object;
  // The check of references reports a kind that is missing.
  if (!(await api.hasKind(manifest.apiVersion, manifest.kind))) {
    return {};
  }
  try {
    await dryRun(api, object);
    return {};
  } catch (error) {
    if (error instanceof k8s.ApiException) {
      return verdictOf(manifest, error, planned);
    }
    throw error;
  }
}

async function dryRun(api: ObjectApi, { manifest, deployed }: ReleaseObject): Promise<void> {
  // Helm deletes a hook's last object before it creates the next one.
  const isHook = manifest.metadata.annotations?.["helm.sh/hook"] !== undefined;
  const live = isHook ? undefined : await api.find(manifest);
  await (live ? api.dryRunPatch(manifest, mergePatch(manifest, deployed, live)) : api.dryRunCreate(manifest));
}

function verdictOf(manifest: Manifest, error: k8s.ApiException<unknown>, planned: Manifest[]): ObjectVerdict {
  const message = apiMessage(error);
  const [, verb, resource] = /cannot (\w+) resource "([^"]+)"/.exec(message) ?? [];
  if (error.code === 403 && verb) {
    return { missingRight: `${verb} ${resource}` };
  }
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  if (message.includes("does not support dry run")) {
    return { unchecked: `Whether the cluster accepts ${name} was not checked: ${message}.` };
  }
  const isFine = error.code === 409 || needsPlannedObject(message, planned) || isLaterTest(manifest, message);
  return isFine ? {} : { refused: reasons(error, message).map((reason) => `${name}: ${reason}`) };
}

/** Whether a message complains that something is missing, such as `serviceaccounts "shop" not found`, that the stack creates. */
function needsPlannedObject(message: string, planned: Manifest[]): boolean {
  const [, kind, name] = /(\w+)(?:\.[\w.]+)? "([^"]+)" not found/.exec(message) ?? [];
  return planned.some(
    (object) => object.metadata.name === name && kind?.toLowerCase().startsWith(object.kind.toLowerCase()),
  );
}

/** Whether a quota has no room now for a pod that only `helm test` creates. */
function isLaterTest({ metadata }: Manifest, message: string): boolean {
  return metadata.annotations?.["helm.sh/hook"] === "test" && message.includes("exceeded quota");
}

/** The reasons of a refusal, each with the path of its field. */
function reasons({ body }: k8s.ApiException<unknown>, message: string): string[] {
  const { details } = parseStatus(body);
  const causes = (details?.causes ?? []).filter(({ field }) => field);
  const lines = causes.map(
    ({ field, message: problem = "" }) => `${field}: ${withoutLongValue(problem)}${hint(problem)}`,
  );
  return lines.length > 0 ? [...new Set(lines)] : [message];
}

function parseStatus(body: unknown): k8s.V1Status {
  try {
    return JSON.parse(String(body)) as k8s.V1Status;
  } catch {
    return {};
  }
}

/** For an immutable field, the API server prints everything in it. */
function withoutLongValue(problem: string): string {
  return problem.replace(/^(Invalid value): .{100,}: (?=[^:]+$)/s, "$1: ");
}

function hint(problem: string): string {
  return /immutable|updates to .* are forbidden/.test(problem)
    ? "; an upgrade cannot change it: keep it as it is, or delete the object before you deploy"
    : "";
}

function missingRights(rights: string[]): string[] {
  const all = [...new Set(rights)].sort().join(", ");
  return all
    ? [`Whether the cluster accepts the objects of the releases was not fully checked: you have no right to ${all}.`]
    : [];
}
