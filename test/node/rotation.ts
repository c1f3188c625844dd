import * as assert from "assert/strict";
import { podIds, succeed } from "../helpers/cluster";
import { readSecret } from "../helpers/project";
import { appPods, inPod, namespace, postgresqlPods, predict, untilReady } from "./node";
import { shared } from "./shared";

/** Logs in to dev's PostgreSQL as the app's user. */
function logIn(password: string): Promise<string> {
  const script = 'PGPASSWORD="$0" psql -h flask-dev-postgresql -U flaskuser -d flaskdb -Atc "SELECT current_user"';
  return inPod("flask-dev-postgresql-0", ["sh", "-c", script, password]);
}

/** A rotation with a real PostgreSQL. */
export function rotation(): void {
  describe("a rotated password", () => {
    it("logs in, and the old one does not; the pods of the app restart, and that of PostgreSQL does not", async () => {
      const { password: old } = await readSecret(namespace, "flask-dev-postgresql-auth");
      assert.equal(await logIn(old), "flaskuser");
      const before = { app: await podIds(namespace, appPods), database: await podIds(namespace, postgresqlPods) };
      shared.project.configure("dev", (config) => {
        config["flask-app:rotation"] = { postgresql: "2026-11-24" };
      });
      await succeed(shared.project, ["start"]);

      const { password } = await readSecret(namespace, "flask-dev-postgresql-auth");
      assert.notEqual(password, old);
      assert.equal(await logIn(password), "flaskuser");
      await assert.rejects(logIn(old), /password authentication failed/);
      await untilReady(appPods, 1);
      assert.notDeepEqual(await podIds(namespace, appPods), before.app);
      assert.deepEqual(await podIds(namespace, postgresqlPods), before.database);
      const { status, prediction } = await predict(shared.url, 800);
      assert.deepEqual([status, prediction?.label], [200, "setosa"]);
    });
  });
}
