import * as assert from "assert/strict";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { execa } from "execa";
import { ObjectApi } from "../../components/cluster/objectApi";
import { findTool } from "../../tools/lib/binaries";
import { kubeconfigFile } from "../../tools/lib/paths";
import { api, Project, readSecret } from "./project";

/** Runs a command of the project that must succeed, and returns what it printed. */
export async function succeed(project: Project, args: string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const { exitCode, output } = await project.run(args, env);
  assert.equal(exitCode, 0, output);
  return output;
}

/** Checks that a command failed with these texts, an exit code that is not 0, and no stack trace. */
export function assertFailed({ exitCode, output }: { exitCode: number; output: string }, ...texts: string[]): void {
  assert.notEqual(exitCode, 0, output);
  for (const text of texts) {
    assert.ok(output.includes(text), `${JSON.stringify(text)} is not in:\n${output}`);
  }
  assert.doesNotMatch(output, /\n\s+at /, "shows a stack trace");
}

/** Pods that a selector finds and that are not being deleted. */
export async function pods(namespace: string, labelSelector?: string): Promise<k8s.V1Pod[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp);
}

/** Unique ids of those pods. A pod that was replaced has another one. */
export async function podIds(namespace: string, labelSelector: string): Promise<string[]> {
  return (await pods(namespace, labelSelector)).map(({ metadata }) => metadata!.uid!).sort();
}

/** Every value of some Secrets, by `<Secret> <key>`. */
export async function secretValues(namespace: string, names: string[]): Promise<Record<string, string>> {
  const secrets = await Promise.all(names.map((name) => readSecret(namespace, name)));
  const entries = secrets.flatMap((secret, index) =>
    Object.entries(secret).map(([key, value]) => [`${names[index]} ${key}`, value]),
  );
  return Object.fromEntries(entries) as Record<string, string>;
}

/** Creates a Secret, or replaces its values, as another tool would. */
export async function writeSecret(namespace: string, name: string, values: Record<string, string>): Promise<void> {
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name, namespace }, stringData: values };
  await api(ObjectApi).apply(secret, "another-tool");
}

/** Deletes a namespace, and waits until it is gone, so that the next test can create its own. */
export async function deleteNamespace(name: string): Promise<void> {
  const core = api(k8s.CoreV1Api);
  await core.deleteNamespace({ name });
  await until(`the namespace ${name} is gone`, async () => {
    const { items } = await core.listNamespace();
    return !items.some(({ metadata }) => metadata?.name === name);
  });
}

/** Runs Helm on the tests' sandbox. */
export async function helm(...args: string[]): Promise<{ failed: boolean; output: string }> {
  const binary = (await findTool("helm"))!;
  const { failed, all } = await execa(binary, [...args, "--kubeconfig", kubeconfigFile], { all: true, reject: false });
  return { failed, output: all };
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, seconds = 180): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !(await holds()); await sleep(200)) {
    assert.ok(Date.now() < deadline, `waited ${seconds} s: ${what}`);
  }
}
