import * as pulumi from "@pulumi/pulumi";

/** Why the program deploys nothing: Pulumi prints the message, and no stack trace. */
export class Refusal extends pulumi.RunError {
  constructor(message: string) {
    super(message);
    // The SDK shows no stack trace of it, but formats one; Node takes 20 seconds for a trace in which
    // `node_modules/@pulumi/output.ts` stands, as in that of every failed Output, so it gets none.
    this.stack = undefined;
  }
}
