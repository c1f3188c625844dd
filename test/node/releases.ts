import * as assert from "assert/strict";
import { helm, podIds, succeed } from "../helpers/cluster";
import { appPods, Load, namespace, predict, sql, untilReady } from "./node";
import { shared } from "./shared";

/** Upgrades of the release that succeed and fail. */
export function releases(): void {
  describe("an upgrade", () => {
    const upgrade = (...settings: string[]) =>
      helm(
        ...["upgrade", "flask-dev", `${shared.project.folder}/chart`, "-n", namespace, "--reuse-values", "--wait"],
        ...settings.flatMap((setting) => ["--set-json", setting]),
        ...["--atomic", "--timeout", "40s"],
      );

    it("rolls out under load without a failed request, and keeps the data", async () => {
      const { prediction } = await predict(shared.url, 700);
      const before = await podIds(namespace, appPods);
      const load = new Load(shared.url);
      shared.project.configure("dev", (config) => {
        (config["flask-app:app"] as { flask: { logLevel: string } }).flask.logLevel = "INFO";
      });
      await succeed(shared.project, ["start"]);
      const { answered, failures } = await load.stop();
      assert.deepEqual(failures, []);
      assert.ok(answered > 50, `${answered} requests`);
      await untilReady(appPods, 1);
      assert.notDeepEqual(await podIds(namespace, appPods), before);
      assert.equal(await sql(`SELECT label FROM predictions WHERE id = ${prediction?.id}`), "setosa");
    });

    it("stops at a migration that fails, before any pod is replaced", async () => {
      const before = await podIds(namespace, appPods);
      const { failed, output } = await upgrade('migration.command=["false"]', 'flask.logLevel="ERROR"');
      assert.ok(failed, output);
      assert.match(output, /pre-upgrade hooks failed/);
      assert.deepEqual(await podIds(namespace, appPods), before);
    });

    it("to an image that does not exist is rolled back, and no request fails", async () => {
      const before = await podIds(namespace, appPods);
      const load = new Load(shared.url, 2);
      const { failed, output } = await upgrade('image.tag="broken"', "migration.enabled=false");
      const { answered, failures } = await load.stop();
      assert.ok(failed, output);
      assert.match(output, /rolled back due to atomic being set/);
      assert.deepEqual(failures, []);
      assert.ok(answered > 50, `${answered} requests`);
      await untilReady(appPods, 1);
      assert.deepEqual(await podIds(namespace, appPods), before);
      const { output: manifest } = await helm("get", "manifest", "flask-dev", "-n", namespace);
      assert.doesNotMatch(manifest, /:broken/);
    });
  });
}
