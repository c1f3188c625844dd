import * as pulumi from "@pulumi/pulumi";

/**
 * Error hook for an object that the program creates itself. If the object exists already, the hook says how to adopt
 * it: an interrupted run may have created it before the state recorded it. The program does not decide that by
 * itself, because the object may belong to somebody else, or be a Secret with the passwords of a lost state.
 *
 * @param stack Name of the stack, for the command that the message shows.
 */
export function explainExistingObject(stack: string): pulumi.ErrorHookFunction {
  return async ({ name, type, failedOperation, errors }) => {
    if (failedOperation === "create" && errors[0]?.includes("already exists")) {
      const kind = type.split(":").at(-1);
      await pulumi.log.error(
        `A ${kind} ${name} exists that is not in this stack's state. If an interrupted run of this stack created it, or if the stack should adopt it, run: PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up --stack ${stack}`,
      );
    }
    return false;
  };
}
