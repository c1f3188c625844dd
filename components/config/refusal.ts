import * as pulumi from "@pulumi/pulumi";

/** An error that stops the program before it deploys anything. Pulumi prints the message, without a stack trace. */
export class Refusal extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    // The SDK formats the stack trace without printing it. With `node_modules/@pulumi/output.ts` in it, as after every
    // failed Output, that takes Node 20 seconds.
    this.stack = undefined;
  }
}
