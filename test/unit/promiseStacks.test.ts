import * as assert from "assert";
import * as path from "path";
import { execaSync } from "execa";

const projectFolder = path.join(__dirname, "../..");

/** What a program is told of a promise that it leaks, and where its own errors are. */
function leak(env: Record<string, string>): string {
  const program = `
    require("./components/promiseStacks");
    require("@pulumi/pulumi/runtime/debuggable").debuggablePromise(new Promise(() => undefined), "leaked");
    console.log(new Error("own").stack);`;
  const options = { cwd: projectFolder, env, reject: false, all: true };
  return execaSync("node", ["-r", "ts-node/register", "-e", program], options).all ?? "";
}

describe("The stacks of the SDK's promises", () => {
  it("are left out, and those of other errors are not", () => {
    const told = leak({});
    assert.match(told, /1 promise was still active/);
    assert.match(told, /Error: own\n {4}at \[eval\]/);
    assert.doesNotMatch(told, /debuggablePromise/);
  });

  it("are there when they will be shown", () => {
    assert.match(leak({ PULUMI_DEBUG_PROMISE_LEAKS: "true" }), /CONTEXT\(0\): leaked[^]* at Object.debuggablePromise/);
  });
});
