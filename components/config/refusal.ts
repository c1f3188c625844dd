import * as pulumi from "@pulumi/pulumi";

/** The reason why the program deploys nothing. Pulumi prints the message, without a stack trace. */
export class Refusal extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    // The SDK does not print the stack, but formats it. For a stack with `node_modules/@pulumi/output.ts` in it, as every
    // failed Output has, Node takes 20 seconds, so there is none.
    this.stack = undefined;
  }
}
