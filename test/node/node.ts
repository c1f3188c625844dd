import * as assert from "assert/strict";
import { Writable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { execa, ExecaError } from "execa";
import { sandboxClient } from "../../sandbox/controlPlane";
import { kubeconfigFile } from "../../tools/lib/paths";
import { isReady } from "../../sandbox/pods";
import { findTool } from "../../tools/lib/binaries";
import { api } from "../helpers/project";

/** Where dev is. */
export const namespace = "development";
/** The app's Deployment in dev. */
export const deployment = "flask-dev-flask-app";
/** Selects the app's pods in dev. */
export const appPods = "app.kubernetes.io/instance=flask-dev,app.kubernetes.io/name=flask-app";

/** A flower, another one for each number. */
export function flower(number: number): Record<string, number> {
  return { sepal_length: 4 + number / 1000, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
}

/** What the app answers to a flower. */
export interface Answer {
  status: number;
  prediction?: { label: string; cached: boolean; id: number };
}

/** Asks an app for a prediction, on a connection of its own. */
export async function predict(url: string, number: number): Promise<Answer> {
  const answer = await fetch(`${url}/predict`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Connection: "close" },
    body: JSON.stringify({ instances: [flower(number)] }),
    signal: AbortSignal.timeout(15_000),
  });
  const body = (await answer.json()) as { predictions?: Answer["prediction"][] };
  return { status: answer.status, prediction: body.predictions?.[0] };
}

/** Pods of a namespace that are not on their way out. */
export async function pods(labelSelector: string, where = namespace): Promise<k8s.V1Pod[]> {
  const { items } = await api(k8s.CoreV1Api).listNamespacedPod({ namespace: where, labelSelector });
  return items.filter(({ metadata }) => !metadata?.deletionTimestamp);
}

/** Identities of the pods that a selector finds. */
export async function podIds(labelSelector: string): Promise<string[]> {
  return (await pods(labelSelector)).map(({ metadata }) => metadata!.uid!).sort();
}

/** How often the containers of the app's pods have been restarted. */
export async function restarts(labelSelector = appPods): Promise<number> {
  const statuses = (await pods(labelSelector)).flatMap(({ status }) => status?.containerStatuses ?? []);
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Waits until a condition holds. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; !(await holds()); await sleep(200)) {
    assert.ok(Date.now() < deadline, `waited ${seconds} s: ${what}`);
  }
}

/** Waits until a number of pods is there, all of them ready. */
export async function untilReady(labelSelector: string, count: number, seconds = 90): Promise<void> {
  await until(
    `${count} ready pods of ${labelSelector}`,
    async () => {
      const found = await pods(labelSelector);
      return found.length === count && found.every(isReady);
    },
    seconds,
  );
}

/** Waits until an app answers by its Service, which learns of a ready pod a moment after the API server. */
export function untilAnswers(url: string): Promise<void> {
  return until("the app answers", () =>
    predict(url, 1).then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
}

/** Runs a command in a pod's first container, and returns what it printed. */
export async function inPod(name: string, command: string[], where = namespace): Promise<string> {
  const pod = await api(k8s.CoreV1Api).readNamespacedPod({ namespace: where, name });
  const container = pod.spec!.containers[0].name;
  let output = "";
  const sink = () =>
    new Writable({
      write: (chunk: Buffer, _, done) => {
        output += chunk.toString();
        done();
      },
    });
  const status = await new Promise<k8s.V1Status>((resolve, reject) => {
    new k8s.Exec(sandboxClient())
      .exec(where, name, container, command, sink(), sink(), null, false, resolve)
      .catch(reject);
  });
  assert.equal(status.status, "Success", `${command.join(" ")}: ${output} ${status.message}`);
  return output.trim();
}

/** Asks PostgreSQL in dev, as the app's user does. */
export function sql(query: string): Promise<string> {
  const script = `PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U flaskuser -d flaskdb -Atc "$0"`;
  return inPod("flask-dev-postgresql-0", ["sh", "-c", script, query]);
}

/** Makes a StatefulSet or the app's Deployment have a number of pods. */
export async function scale(kind: "StatefulSet" | "Deployment", name: string, replicas: number): Promise<void> {
  const change = { namespace, name, body: { spec: { replicas } } };
  const options = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
  const apps = api(k8s.AppsV1Api);
  await (kind === "StatefulSet"
    ? apps.patchNamespacedStatefulSetScale(change, options)
    : apps.patchNamespacedDeploymentScale(change, options));
}

/** Runs Helm on the sandbox; what it prints, and whether it failed. */
export async function helm(...args: string[]): Promise<{ failed: boolean; output: string }> {
  const binary = await findTool("helm");
  try {
    const { all } = await execa(binary!, [...args, "--kubeconfig", kubeconfigFile], { all: true });
    return { failed: false, output: all };
  } catch (error) {
    return { failed: true, output: String((error as ExecaError).all) };
  }
}

/** Asks an app again and again until it is told to stop. */
export class Load {
  private readonly failures: string[] = [];
  private answered = 0;
  private isOver = false;
  private readonly workers: Promise<void>[];

  constructor(
    private readonly url: string,
    workers = 3,
  ) {
    this.workers = Array.from({ length: workers }, (_, index) => this.ask(index));
  }

  /** Ends it: how many requests were answered, and what went wrong with the others. */
  async stop(): Promise<{ answered: number; failures: string[] }> {
    this.isOver = true;
    await Promise.all(this.workers);
    return { answered: this.answered, failures: this.failures };
  }

  private async ask(worker: number): Promise<void> {
    for (let number = 0; !this.isOver; number += 1) {
      try {
        const { status } = await predict(this.url, (worker * 1000 + number) % 900);
        if (status === 200) {
          this.answered += 1;
        } else {
          this.failures.push(`${new Date().toISOString()} ${status}`);
        }
      } catch (error) {
        this.failures.push(`${new Date().toISOString()} ${String(error)} ${String((error as Error).cause)}`);
      }
      await sleep(100);
    }
  }
}
