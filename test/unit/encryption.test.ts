import assert from "node:assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { encryptionFaults, findEncryption } from "../../components/config/encryption";
import { runProgram } from "../helpers/program";

const identity = { stack: "prod", project: "shop" };

describe("The encrypted values of a config", () => {
  let folder: string;
  const workingFolder = process.cwd();

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-encryption-"));
    process.chdir(folder);
  });

  afterEach(() => {
    process.chdir(workingFolder);
    fs.rmSync(folder, { recursive: true });
  });

  const find = async (...secretKeys: string[]) => {
    const config = { "shop:app": "{}", "shop:namespace": "a", "shop:postgresql": "{}", "kubernetes:kubeconfig": "{}" };
    const program = () => ({ found: findEncryption(identity, Object.keys(config)) });
    return (await runProgram(program, { secretKeys }, config)).outputs.found.value;
  };

  it("are those of the keys that the engine reports, and only of the project's", async () => {
    assert.deepEqual(await find(), { keys: [], paths: [] });
    assert.deepEqual(await find("shop:app", "kubernetes:kubeconfig"), { keys: ["app"], paths: [] });
  });

  it("are located by the stack file, however deep they are", async () => {
    fs.writeFileSync(
      "Pulumi.prod.yaml",
      `config:
  kubernetes:kubeconfig: { secure: v1:a }
  shop:namespace: { secure: v1:a }
  shop:postgresql: { external: { host: db, password: { secure: v1:a } } }
  shop:app:
    extraEnv:
      - name: A
      - name: B
        value: { secure: v1:a }
`,
    );
    assert.deepEqual(await find("shop:app", "shop:namespace"), {
      keys: ["app", "namespace"],
      paths: ["app.extraEnv[1].value", "namespace"],
    });
  });
});

describe("The check of what is encrypted in a config", () => {
  const external = { host: "db", username: "u", database: "d", password: "p" };
  const encrypt = (name: string) =>
    `is a secret in plain text; encrypt it with \`pulumi config set --secret --path 'shop:${name}' --stack prod\``;
  const misplaced =
    "is encrypted, but Helm or Kubernetes would store it readable; remove it here and, for a secret of the app, run `pulumi config set --secret --path 'shop:secretEnv.NAME' --stack prod`";

  const accepted: [title: string, config: Record<string, unknown>, keys: string[], paths: string[]][] = [
    ["no secret at all", { namespace: "a", app: {}, redis: { external: { host: "r" } } }, [], []],
    [
      "encrypted passwords and variables",
      { secretEnv: { A: "a" }, postgresql: { external }, redis: { external } },
      ["secretEnv", "postgresql", "redis"],
      ["secretEnv.A", "postgresql.external.password", "redis.external.password"],
    ],
    ["passwords that are encrypted elsewhere than in the stack file", { redis: { external } }, ["redis"], []],
  ];
  for (const [title, config, keys, paths] of accepted) {
    it(`accepts ${title}`, () => {
      assert.deepEqual(encryptionFaults(identity, config, { keys, paths }), { misplaced: [], plain: [] });
    });
  }

  const refused: [
    title: string,
    config: Record<string, unknown>,
    keys: string[],
    paths: string[],
    faults: [string, string][],
  ][] = [
    [
      "a value of the chart, with its path",
      { app: { extraEnv: [{ name: "A", value: "a" }] } },
      ["app"],
      ["app.extraEnv[0].value"],
      [["app.extraEnv[0].value", misplaced]],
    ],
    ["a value of the chart that is not in the stack file", { app: {} }, ["app"], [], [["app", misplaced]]],
    ["a key that is a text", { namespace: "a" }, ["namespace"], ["namespace"], [["namespace", misplaced]]],
    ["a database in the cluster", { redis: { inCluster: {} } }, ["redis"], [], [["redis", misplaced]]],
    [
      "another value of an external database, next to a plain password",
      { postgresql: { external } },
      ["postgresql"],
      ["postgresql.external.host"],
      [
        ["postgresql.external.host", misplaced],
        ["postgresql.external.password", encrypt("postgresql.external.password")],
      ],
    ],
    [
      "variables that are encrypted together",
      { secretEnv: { A: "a" } },
      ["secretEnv"],
      ["secretEnv"],
      [
        ["secretEnv", "is encrypted as a whole; encrypt only the secrets in it"],
        ["secretEnv.A", encrypt("secretEnv.A")],
      ],
    ],
    [
      "a plain password",
      { redis: { external } },
      [],
      [],
      [["redis.external.password", encrypt("redis.external.password")]],
    ],
    [
      "a plain variable next to an encrypted one",
      { secretEnv: { A: "a", B: "b" } },
      ["secretEnv"],
      ["secretEnv.A"],
      [["secretEnv.B", encrypt("secretEnv.B")]],
    ],
  ];
  for (const [title, config, keys, paths, faults] of refused) {
    it(`refuses ${title}`, () => {
      const found = encryptionFaults(identity, config, { keys, paths });
      assert.deepEqual(
        [...found.misplaced, ...found.plain].map(({ path, problem }) => [path, problem]),
        faults,
      );
    });
  }

  it("survives a config that is not valid", () => {
    const config = { secretEnv: "STRIPE_KEY=a", postgresql: null, redis: { external: "redis://r" }, app: [] };
    assert.deepEqual(encryptionFaults(identity, config, { keys: [], paths: [] }), { misplaced: [], plain: [] });
  });
});
