import * as assert from "assert/strict";
import { readSecret } from "../helpers/project";
import { appPods, inPod, namespace, podIds, predict, untilReady } from "./node";
import { shared } from "./shared";

/** A password that PostgreSQL is asked to let in. */
function logIn(password: string): Promise<string> {
  const script = 'PGPASSWORD="$0" psql -h flask-dev-postgresql -U flaskuser -d flaskdb -Atc "SELECT current_user"';
  return inPod("flask-dev-postgresql-0", ["sh", "-c", script, password]);
}

/** Secrets change. */
export function rotation(): void {
  describe("a rotated password", () => {
    it("logs in, and the old one no more; the app's pods restart, PostgreSQL's does not", async () => {
      const { password: old } = await readSecret(namespace, "flask-dev-postgresql-auth");
      assert.equal(await logIn(old), "flaskuser");
      const before = { app: await podIds(appPods), database: await podIds("app.kubernetes.io/component=primary") };
      shared.project.configure("dev", (config) => {
        config["flask-app:rotation"] = { postgresql: "2026-11-24" };
      });
      const { exitCode, output } = await shared.project.run(["start"]);
      assert.equal(exitCode, 0, output);

      const { password } = await readSecret(namespace, "flask-dev-postgresql-auth");
      assert.notEqual(password, old);
      assert.equal(await logIn(password), "flaskuser");
      await assert.rejects(logIn(old), /password authentication failed/);
      await untilReady(appPods, 1);
      assert.notDeepEqual(await podIds(appPods), before.app);
      assert.deepEqual(await podIds("app.kubernetes.io/component=primary"), before.database);
      const { status, prediction } = await predict(shared.url, 800);
      assert.deepEqual([status, prediction?.label], [200, "setosa"]);
    });

    it("restarts nothing when it is deployed once more", async () => {
      const before = await podIds("app.kubernetes.io/managed-by=Helm");
      const app = await podIds(appPods);
      const { exitCode, output } = await shared.project.run(["start"]);
      assert.equal(exitCode, 0, output);
      assert.match(output, /nothing changed/);
      assert.deepEqual([await podIds("app.kubernetes.io/managed-by=Helm"), await podIds(appPods)], [before, app]);
    });
  });
}
