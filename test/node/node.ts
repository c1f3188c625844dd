import * as assert from "assert/strict";
import { Readable, Writable } from "stream";
import { setTimeout as sleep } from "timers/promises";
import * as k8s from "@kubernetes/client-node";
import { sandboxClient } from "../../sandbox/controlPlane";
import { isReady } from "../../sandbox/pods";
import { pods, until } from "../helpers/cluster";
import { api } from "../helpers/project";

/** Namespace of dev. */
export const namespace = "development";
/** Deployment of the app in dev. */
export const deployment = "flask-dev-flask-app";
/** Selects the app's pods in dev. */
export const appPods = "app.kubernetes.io/instance=flask-dev,app.kubernetes.io/name=flask-app";
/** Selects PostgreSQL's pod in dev. */
export const postgresqlPods = "app.kubernetes.io/component=primary";
/** Selects Redis's pod in dev. */
export const redisPods = "app.kubernetes.io/component=master";

/** The measures of a flower, which differ for each number. */
export function flower(number: number): Record<string, number> {
  return { sepal_length: 4 + number / 1000, sepal_width: 3.5, petal_length: 1.4, petal_width: 0.2 };
}

/** What the app answers to a flower. */
export interface Answer {
  status: number;
  prediction?: { label: string; cached: boolean; id: number };
}

/** Gets a prediction from an app, on a new connection. */
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

/** How often the containers of some pods have been restarted. */
export async function restarts(labelSelector = appPods): Promise<number> {
  const statuses = (await pods(namespace, labelSelector)).flatMap(({ status }) => status?.containerStatuses ?? []);
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

/** Waits until there are exactly this many pods, all of them ready. */
export async function untilReady(labelSelector: string, count: number): Promise<void> {
  const isThere = async () => {
    const found = await pods(namespace, labelSelector);
    return found.length === count && found.every(isReady);
  };
  await until(`${count} ready pods of ${labelSelector}`, isThere, 90);
}

/** Waits until an app answers through its Service, which sees a ready pod a moment later than the API server. */
export function untilAnswers(url: string, seconds = 60): Promise<void> {
  const answers = async () => (await predict(url, 1)).status === 200;
  return until("the app answers", () => answers().catch(() => false), seconds);
}

/**
 * Runs a command in the first container of a pod, and returns its output.
 *
 * @param input What the command reads from its standard input.
 */
export async function inPod(name: string, command: string[], where = namespace, input?: Readable): Promise<string> {
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
      .exec(where, name, container, command, sink(), sink(), input ?? null, false, resolve)
      .catch(reject);
  });
  assert.equal(status.status, "Success", `${command.join(" ")}: ${output} ${status.message}`);
  return output.trim();
}

/** Runs a query in dev's PostgreSQL as the superuser. */
export function sql(query: string): Promise<string> {
  const script = `PGPASSWORD="$POSTGRES_PASSWORD" psql -h 127.0.0.1 -U postgres -d flaskdb -Atc "$0"`;
  return inPod("flask-dev-postgresql-0", ["sh", "-c", script, query]);
}

/** A command that runs a query on the server of a URL, and prints its rows. */
export function psql(url: string, query: string): string[] {
  return ["psql", url, "--no-psqlrc", "--no-password", "-Atc", query];
}

/** Sets the number of pods of a StatefulSet or Deployment. */
export async function scale(
  kind: "StatefulSet" | "Deployment",
  name: string,
  replicas: number,
  where = namespace,
): Promise<void> {
  const change = { namespace: where, name, body: { spec: { replicas } } };
  const options = k8s.setHeaderOptions("Content-Type", k8s.PatchStrategy.MergePatch);
  const apps = api(k8s.AppsV1Api);
  await (kind === "StatefulSet"
    ? apps.patchNamespacedStatefulSetScale(change, options)
    : apps.patchNamespacedDeploymentScale(change, options));
}

/** Sends requests to an app from several workers until it is stopped. */
export class Load {
  private readonly failures: string[] = [];
  private answered = 0;
  private isOver = false;
  private readonly workers: Promise<void>[];

  constructor(
    private readonly url: string,
    workers = 3,
  ) {
    this.workers = Array.from({ length: workers }, (_, index) => this.sendRequests(index));
  }

  /** Stops, and returns how many requests succeeded, and the failures of the others. */
  async stop(): Promise<{ answered: number; failures: string[] }> {
    this.isOver = true;
    await Promise.all(this.workers);
    return { answered: this.answered, failures: this.failures };
  }

  private async sendRequests(worker: number): Promise<void> {
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
