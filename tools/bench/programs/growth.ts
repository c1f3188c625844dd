import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";
import { externalPostgresql, externalRedis } from "../../../components/externalDatabases";
import { FlaskApp } from "../../../components/flaskApp";
import { projectFolder } from "../../lib/paths";
import { createNothing, runOnMocks } from "../../lib/program";
import { readStackFile } from "../../lib/stackFiles";

const values = readStackFile("dev").config["flask-app:app"] as object;
const namespace = "development";

/** An app as this project deploys it. */
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

/** An app as tools/bench/naive deploys it: the same three resources, without checks. */
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

/** Registers some apps on Pulumi mocks, and prints the peak memory of this process in MiB. */
async function grow(program: string, count: number): Promise<void> {
  process.chdir(projectFolder);
  if (program === "this program") {
    // index.ts does this, too.
    await import("../../../components/promiseStacks");
  }
  const createApp = program === "this program" ? component : naive;
  const createAll = () => {
    for (let index = 0; index < count; index++) {
      createApp(`app-${index}`);
    }
    return {};
  };
  await runOnMocks(createAll, { stack: "dev", config: {}, handle: createNothing });
  console.log(process.resourceUsage().maxRSS / 1024);
}

const [program, count] = process.argv.slice(2);
// The SDK would keep the process alive.
void grow(program, Number(count)).then(() => process.exit());
