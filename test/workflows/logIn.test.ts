import * as assert from "assert/strict";
import * as fs from "fs";
import * as os from "os";
import * as path from "path";
import { execa } from "execa";
import { projectFolder } from "../../tools/lib/paths";

const script = path.join(projectFolder, ".github/actions/log-in/kubeconfig.sh");
const nothing = { EKS_CLUSTER: "", GKE_KUBECONFIG: "", AKS_CLUSTER: "", AKS_RESOURCE_GROUP: "", TEXT: "" };

describe("the login of the GitHub workflows", () => {
  let folder: string;

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), "flask-app-log-in-"));
    // Stand-ins for the clouds' command-line tools, which print how they were called.
    for (const tool of ["aws", "az", "kubectl"]) {
      fs.writeFileSync(path.join(folder, tool), `#!/bin/sh\necho ${tool} "$@" >> "$KUBECONFIG"\necho a-token\n`, {
        mode: 0o755,
      });
    }
  });

  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const run = async (settings: Partial<typeof nothing>) => {
    const result = await execa(script, {
      env: {
        ...nothing,
        ...settings,
        RUNNER_TEMP: folder,
        GITHUB_ENV: path.join(folder, "env"),
        PATH: `${folder}:${process.env.PATH}`,
      },
      reject: false,
    });
    const kubeconfig = path.join(folder, "kubeconfig");
    return { ...result, kubeconfig: fs.existsSync(kubeconfig) ? fs.readFileSync(kubeconfig, "utf8") : undefined };
  };

  it("writes a kubeconfig from a secret, that only the runner's user can read, for the later steps", async () => {
    const { exitCode, kubeconfig, stdout } = await run({ TEXT: "apiVersion: v1" });
    assert.deepEqual([exitCode, kubeconfig, stdout], [0, "apiVersion: v1\n", ""]);
    assert.equal(fs.statSync(path.join(folder, "kubeconfig")).mode & 0o777, 0o600);
    assert.equal(fs.readFileSync(path.join(folder, "env"), "utf8"), `KUBECONFIG=${path.join(folder, "kubeconfig")}\n`);
  });

  it("prefers the cluster of a cloud to a secret", async () => {
    const eks = await run({ EKS_CLUSTER: "prod", TEXT: "apiVersion: v1" });
    assert.equal(eks.kubeconfig, "aws eks update-kubeconfig --name prod\n");
  });

  it("takes over the kubeconfig of GKE", async () => {
    const GKE_KUBECONFIG = path.join(folder, "gha-kubeconfig");
    fs.writeFileSync(GKE_KUBECONFIG, "from GKE");
    const gke = await run({ GKE_KUBECONFIG });
    assert.equal(gke.kubeconfig, "from GKE");
    assert.ok(!fs.existsSync(GKE_KUBECONFIG));
  });

  it("logs in to AKS with a token that is masked in the log", async () => {
    const { kubeconfig, stdout } = await run({ AKS_CLUSTER: "prod", AKS_RESOURCE_GROUP: "ml" });
    assert.match(kubeconfig!, /^az aks get-credentials --resource-group ml --name prod --file /);
    assert.match(kubeconfig!, /kubectl config set-credentials github --token=a-token/);
    assert.match(stdout, /^::add-mask::a-token$/m);
  });

  it("stops without a cluster", async () => {
    const { exitCode, stdout } = await run({});
    assert.equal(exitCode, 1);
    assert.match(stdout, /names no cluster and has no secret KUBECONFIG: docs\/github\.md lists what it needs/);
  });
});
