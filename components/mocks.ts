import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

/** Whether the program runs on Pulumi mocks, which have neither a cluster nor resource hooks. */
export function runsOnMocks(): boolean {
  return pulumi.runtime.getMonitor() instanceof MockMonitor;
}

/** Token with which the program asks mocks for a Secret: they may know a cluster. */
export const secretToken = "mocks:index:secret";

/**
 * Reads a Secret on mocks.
 *
 * @returns Its values in plain text, by key, if it exists; undefined if the mocks know no cluster.
 */
export async function readSecretOnMocks(
  namespace: string,
  name: string,
): Promise<{ content?: Record<string, string> } | undefined> {
  const { answer } = (await pulumi.runtime.invoke(secretToken, { namespace, name })) as {
    answer?: { content?: Record<string, string> };
  };
  return answer;
}
