import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** Whether the program runs on Pulumi mocks, which have neither a cluster nor resource hooks. */
export function runsOnMocks(): boolean {
  return pulumi.runtime.getMonitor() instanceof MockMonitor;
}
