import { missingForRealNode } from "../../sandbox/node/requirements";
import { startAndAsk } from "./startAndAsk";
import { fallBack } from "./fallBack";
import { layers } from "./layers";
import { probes } from "./probes";
import { production } from "./production";
import { releases } from "./releases";
import { rotation } from "./rotation";
import { shutdown } from "./shutdown";
import { stop } from "./stop";

// One sandbox for all, so they go in this order: the first starts it, and the last takes it away.
describe("on a real node", function () {
  this.timeout(300_000);

  before("what a real node needs", async function () {
    const missing = await missingForRealNode();
    if (missing.length > 0) {
      console.log(`    skipped: ${missing.join("; ")}`);
      this.skip();
    }
  });

  startAndAsk();
  probes();
  shutdown();
  releases();
  rotation();
  production();
  stop();
  fallBack();
  layers();
});
