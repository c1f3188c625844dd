import * as assert from "assert/strict";
import { commit, manifestsCommand } from "../helpers/manifestsCommand";
import { Project } from "../helpers/project";

/** The commands do not have the key, so they work with what the stack file contains. */
describe("Encrypted values of a stack file", function () {
  this.timeout(120_000);
  let project: Project;

  beforeEach(() => (project = Project.copy()));
  afterEach(() => project.remove());

  const run = (...args: string[]) => manifestsCommand(project, args);
  const secretEnv = (variables: Record<string, string>) =>
    project.configure("dev", (config) => {
      config["flask-app:secretEnv"] = Object.fromEntries(
        Object.entries(variables).map(([name, secure]) => [name, { secure }]),
      );
    });

  it("are known by key: render prints the key, diff which key changed, and neither the ciphertext", async () => {
    secretEnv({ STRIPE_KEY: "v1:first", SMTP_PASSWORD: "v1:same" });
    await commit(project);
    const rendered = await run("render", "dev");
    assert.match(rendered.stdout, /^ {2}SMTP_PASSWORD: "\[secret\]"$/m, rendered.stderr);
    assert.equal((await run("diff", "dev", "HEAD")).stdout, "No manifest changes.");

    secretEnv({ STRIPE_KEY: "v1:second", SMTP_PASSWORD: "v1:same" });
    const { stdout } = await run("diff", "dev", "HEAD");
    assert.match(stdout, /^- +STRIPE_KEY: "\[secret\] \(\w+\)"\n\+ +STRIPE_KEY: "\[secret\] \(\w+\)"$/m);
    assert.doesNotMatch(stdout, /^[-+] .*SMTP_PASSWORD/m);
    assert.match(stdout, /restarts pods: Deployment development\/flask-dev-flask-app;/);
    assert.doesNotMatch(rendered.stdout + stdout, /v1:/);
  });

  for (const args of [
    ["render", "dev"],
    ["diff", "dev", "HEAD"],
    ["diff", "dev", "staging"],
  ]) {
    it(`are refused by ${args.join(" ")} where they would become readable`, async () => {
      await commit(project);
      project.configure("dev", (config) => {
        const app = config["flask-app:app"] as Record<string, unknown>;
        app.extraEnv = [{ name: "STRIPE_KEY", value: { secure: "v1:abc" } }];
      });
      const { exitCode, stdout, stderr } = await run(...args);
      assert.equal(exitCode, 2, stdout);
      assert.match(stderr, /flask-app:app\.extraEnv\[0\]\.value: is encrypted, but .*'flask-app:secretEnv\.NAME'/);
    });
  }

  it("are required for the password of an external database", async () => {
    project.configure("dev", (config) => {
      config["flask-app:redis"] = { external: { host: "redis.example.com", password: "s3cret" } };
    });
    const { exitCode, stderr } = await run("render", "dev");
    assert.equal(exitCode, 2);
    assert.match(stderr, /flask-app:redis\.external\.password: is a secret in plain text; encrypt it with/);
    assert.doesNotMatch(stderr, /s3cret/);
  });
});
