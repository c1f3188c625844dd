import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { setTimeout as sleep } from "timers/promises";
import { execa } from "execa";
import { postgresqlUrl, redisUrl } from "../../components/connectionUrl";
import { projectFolder } from "../../tools/lib/paths";
import { hasPythonOfExample, pythonWithPackages } from "../helpers/python";
import { freePort, hasRedis, Server, startPostgresql, startRedis } from "../helpers/databases";

const folder = path.join(projectFolder, "example");
const title = "the example service";

if (!hasPythonOfExample || !hasRedis) {
  describe(title, () => {
    it("passes its tests (skipped: python3 of 3.11 or newer with venv, and redis-server, are not on PATH)");
  });
} else {
  describe(title, function () {
    this.timeout(300_000);
    const password = "p@ss w/rd%41";
    let python: string;
    let postgresql: Server;
    let redis: Server;

    before("install its packages, start its databases", async () => {
      python = await pythonWithPackages(
        "python-example",
        ["requirements.txt", "requirements-test.txt"].map((file) => path.join(folder, file)),
      );
      postgresql = await startPostgresql("flaskuser", password, "flaskdb");
      redis = await startRedis(password);
    });

    after("stop its databases", async () => {
      await postgresql?.stop();
      await redis?.stop();
    });

    const environment = () => {
      const server = { host: "127.0.0.1", password };
      return {
        DATABASE_URL: postgresqlUrl({ ...server, username: "flaskuser", port: postgresql.port, database: "flaskdb" }),
        REDIS_URL: redisUrl({ ...server, port: redis.port, database: 0 }),
        SECRET_KEY: "secret",
        PYTHONDONTWRITEBYTECODE: "1",
      };
    };

    it("passes its tests, with a real PostgreSQL and a real Redis", async () => {
      const { exitCode, all } = await execa(python, ["-m", "pytest", "-q", "-p", "no:cacheprovider"], {
        cwd: folder,
        env: environment(),
        all: true,
        reject: false,
      });
      assert.equal(exitCode, 0, all);
      assert.match(all, /\b[1-9]\d* passed/);
    });

    it("is trained, serves under gunicorn as its image starts it, and ends when it is told to", async () => {
      const models = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-model-"));
      const env = { ...environment(), MODEL_PATH: path.join(models, "model.joblib") };
      await execa(python, ["-m", "flaskml.train", env.MODEL_PATH], { cwd: folder });
      await execa(python, ["-m", "flask", "db", "upgrade"], { cwd: folder, env });
      const port = await freePort();
      const server = execa(python, ["-m", "gunicorn", "--bind", `127.0.0.1:${port}`, "wsgi:app"], {
        cwd: folder,
        env,
        all: true,
        reject: false,
      });
      try {
        const isReady = () => fetch(`http://127.0.0.1:${port}/ready`).then(({ ok }) => ok);
        for (const deadline = Date.now() + 60_000; !(await isReady().catch(() => false)); await sleep(200)) {
          assert.ok(Date.now() < deadline, "it did not become ready");
        }
      } finally {
        server.kill();
        fs.rmSync(models, { recursive: true });
      }
      const { exitCode, all } = await server;
      assert.equal(exitCode, 0, all);
    });

    it("has every package that its packages need, in versions that fit", async () => {
      await execa(python, ["-m", "pip", "check"]);
    });
  });
}
