import * as pulumi from "@pulumi/pulumi";
import { runsOnMocks } from "../mocks";

/**
 * Hooks for an object that the program itself makes: if it is there already, they tell how the stack takes it over. A run
 * that was cut off may have made it before the state knew of it. That is not for the program to decide: it could be
 * somebody else's, or a Secret whose passwords a lost state had.
 *
 * @returns Undefined on Pulumi mocks, which have no hooks.
 */
export function existingObjectHooks(name: string): pulumi.ResourceHookBinding | undefined {
  return runsOnMocks() ? undefined : { onError: [new pulumi.ErrorHook(`tell that ${name} exists`, tellOfExisting)] };
}

async function tellOfExisting({ name, type, failedOperation, errors }: pulumi.ErrorHookArgs): Promise<boolean> {
  if (failedOperation === "create" && errors[0]?.includes("already exists")) {
    const kind = type.split(":").at(-1);
    await pulumi.log.error(
      `There is a ${kind} ${name} that this stack does not know of. If a run of this stack was cut off when it had made it, or if the stack is to take it over: PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --stack ${pulumi.getStack()}`,
    );
  }
  return false;
}
