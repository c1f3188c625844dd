import assert from "node:assert/strict";
import { app, Change, refusal, set } from "../helpers/preview";

describe("A time that is longer than a release may take", function () {
  this.timeout(30_000);
  const startupProbe = { enabled: true, path: "/ready", periodSeconds: 10, failureThreshold: 180 };
  const migration = { enabled: true, command: ["flask", "db", "upgrade"], activeDeadlineSeconds: 601 };

  const refused: [title: string, change: Change, problem: string][] = [
    [
      "a start",
      app({ healthCheck: { startupProbe } }),
      "found 600, accepted: at least 1800, because app.healthCheck.startupProbe gives the app that long to start",
    ],
    [
      "a migration",
      app({ migration }),
      "found 600, accepted: at least 601, because app.migration.activeDeadlineSeconds gives the migration that long",
    ],
  ];
  for (const [title, change, problem] of refused) {
    it(`is refused: ${title}`, async () => {
      assert.deepEqual(await refusal(change), [`flask-app:timeoutSeconds: ${problem}`]);
    });
  }

  it("is accepted if timeoutSeconds is as long, or if it is off", async () => {
    const asLong: Change = (config) => {
      app({ healthCheck: { startupProbe } })(config);
      set("timeoutSeconds", 1800)(config);
    };
    assert.deepEqual(await refusal(asLong), []);
    assert.deepEqual(await refusal(app({ migration: { ...migration, enabled: false } })), []);
  });
});
