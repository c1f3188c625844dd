import * as pulumi from "@pulumi/pulumi";
import type { ClusterSettings } from "../cluster/kubeconfig";
import { providerOf, releaseType } from "../checks/plannedStack";
import { runsOnMocks } from "../mocks";
import { explainExistingObject } from "./existingObject";
import { resumeInterruptedInstall } from "./interruptedInstall";

/**
 * Attaches the error hooks of this folder to every Kubernetes resource that the program registers from now on.
 *
 * Resources with their own provider get no hooks, because they may be in another cluster. Does nothing on Pulumi mocks,
 * which have no hooks.
 *
 * @param stack Name of the stack.
 * @param cluster The cluster of the stack's default provider.
 */
export function attachErrorHooks(stack: string, cluster: ClusterSettings): void {
  if (runsOnMocks()) {
    return;
  }
  const resume = new pulumi.ErrorHook("resume an interrupted install", resumeInterruptedInstall(cluster));
  const explain = new pulumi.ErrorHook("explain an existing object", explainExistingObject(stack, cluster));
  pulumi.runtime.registerStackTransformation((args) => {
    const { type, props, opts } = args;
    if (!type.startsWith("kubernetes:") || providerOf(args)) {
      return undefined;
    }
    return { props, opts: { ...opts, hooks: { onError: [type === releaseType ? resume : explain] } } };
  });
}
