import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { freePort } from "../../sandbox/freePort";
import { projectFolder } from "../../tools/lib/paths";
import { until } from "../helpers/cluster";
import { describeWith } from "../helpers/describeWith";
import { PostgresqlServer, startPostgresql } from "../helpers/postgresqlServer";
import { pythonWithPackages } from "../helpers/python";
import { RedisServer, startRedis } from "../helpers/redisServer";

const cwd = path.join(projectFolder, "example");

describeWith(["python 3.11", "postgresql", "redis-server"], "the example service", function () {
  this.timeout(900_000);
  const password = "p@ss w/rd%41";
  let python: string;
  let postgresql: PostgresqlServer;
  let redis: RedisServer;
  let env: Record<string, string>;

  before("install its packages, and start its databases", async () => {
    const requirements = ["requirements.txt", "requirements-test.txt"].map((file) => path.join(cwd, file));
    python = await pythonWithPackages("python-example", requirements);
    postgresql = await startPostgresql("flaskuser", password, "flaskdb");
    redis = await startRedis(password);
    const server = { host: "127.0.0.1", password };
    env = {
      DATABASE_URL: postgresqlUrl({ ...server, username: "flaskuser", port: postgresql.port, database: "flaskdb" }),
      REDIS_URL: redisUrl({ ...server, port: redis.port, database: 0 }),
      SECRET_KEY: "secret",
      PYTHONDONTWRITEBYTECODE: "1",
    };
  });

  after("stop its databases", async () => {
    await postgresql?.stop();
    await redis?.stop();
  });

  it("passes its tests, with a real PostgreSQL and a real Redis", async () => {
    const pytest = ["-m", "pytest", "-q", "-p", "no:cacheprovider"];
    const { exitCode, all } = await execa(python, pytest, { cwd, env, all: true, reject: false });
    assert.equal(exitCode, 0, all);
    assert.match(all, /\b[1-9]\d* passed/);
  });

  it("trains its model, serves with gunicorn as in its image, and stops cleanly", async () => {
    const models = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-model-"));
    const model = path.join(models, "model.joblib");
    await execa(python, ["-m", "flaskml.train", model], { cwd });
    const withModel = {
      ...env,
      MODEL_PATH: model,
      MODEL_SHA256: fs.readFileSync(`${model}.sha256`, "utf8"),
      MONITORING_PORT: String(await freePort()),
    };
    await execa(python, ["-m", "flask", "db", "upgrade"], { cwd, env: withModel });
    const port = await freePort();
    const gunicorn = ["-m", "gunicorn", "--bind", `127.0.0.1:${port}`, "wsgi:app"];
    // As long as a pod may take to stop.
    const forceKillAfterDelay = 30_000;
    const server = execa(python, gunicorn, { cwd, env: withModel, all: true, reject: false, forceKillAfterDelay });
    try {
      const isReady = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).ok;
      await until("it is ready", () => isReady().catch(() => false));
      assert.ok((await fetch(`http://127.0.0.1:${withModel.MONITORING_PORT}/ready`)).ok);
    } finally {
      server.kill();
      fs.rmSync(models, { recursive: true });
    }
    const { exitCode, all } = await server;
    assert.equal(exitCode, 0, all);
  });

  it("lists every package that its packages need, in versions that fit", async () => {
    await execa(python, ["-m", "pip", "check"]);
  });
});
