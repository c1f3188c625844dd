import { describeOnRealNode } from "../helpers/describeWith";
import { backups } from "./backups";
import { databases } from "./databases";
import { fallback } from "./fallback";
import { layers } from "./layers";
import { moving } from "./moving";
import { probes } from "./probes";
import { production } from "./production";
import { releases } from "./releases";
import { rotation } from "./rotation";
import { shutdown } from "./shutdown";
import { start } from "./start";
import { stop } from "./stop";

// They share one sandbox, so the order matters: the first suite starts it.
describeOnRealNode("on a real node", function () {
  this.timeout(300_000);

  start();
  probes();
  shutdown();
  releases();
  rotation();
  moving();
  production();
  databases();
  backups();
  stop();
  fallback();
  layers();
});
