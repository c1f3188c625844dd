import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { externalPostgresql, externalRedis } from "../../../components/database";
import { FlaskApp } from "../../../components/flaskApp";
import { projectFolder } from "../../lib/paths";
import { createNothing, runOnMocks } from "../../lib/program";
import { readStackFile } from "../../lib/stackFiles";
import { endWithPeakMemory } from "./peakMemory";

const values = readStackFile("dev").config["flask-app:app"] as object;
const namespace = "development";

/** As this project deploys an app. */
function component(name: string): void {
  new FlaskApp(name, {
    releaseName: name,
    namespace,
    values,
    postgresql: externalPostgresql({ host: "db.example.com", username: "app", password: "none", database: "app" }),
    redis: externalRedis({ host: "redis.example.com" }),
    timeoutSeconds: 300,
  });
}

/** As bench/naive does: the same three resources, and no checks. */
function naive(name: string): void {
  const secret = new k8s.core.v1.Secret(`${name}-env`, {
    metadata: { name: `${name}-env`, namespace },
    stringData: {
      SECRET_KEY: new random.RandomPassword(name, { length: 64, special: false }).result,
      DATABASE_URL: "postgresql://app:none@db.example.com/app",
      REDIS_URL: "redis://redis.example.com/0",
    },
  });
  new k8s.helm.v3.Release(name, {
    name,
    namespace,
    chart: "./chart",
    timeout: 300,
    values: { ...values, existingSecret: secret.metadata.name },
  });
}

/** Registers as many apps as wanted on Pulumi mocks. */
async function grow(make: (name: string) => void, count: number): Promise<void> {
  process.chdir(projectFolder);
  const program = () => {
    for (let index = 0; index < count; index++) {
      make(`app-${index}`);
    }
    return {};
  };
  await runOnMocks(program, { stack: "dev", config: {}, handle: createNothing });
}

const [way, count] = process.argv.slice(2);
async function run(): Promise<void> {
  if (way !== "naive") {
    // As index.ts does.
    await import("../../../components/promiseStacks");
  }
  await grow(way === "naive" ? naive : component, Number(count));
}
void run().then(endWithPeakMemory);
