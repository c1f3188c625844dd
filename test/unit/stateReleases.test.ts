import assert from "node:assert/strict";
import * as k8s from "@pulumi/kubernetes";
import { checkPlan } from "../../components/checks/checkPlan";
import { recordPlan } from "../../components/checks/plannedStack";
import { releaseProblems, StateRelease } from "../../components/checks/stateReleases";
import type { LiveRelease } from "../../components/cluster/liveReleases";
import { Redis } from "../../components/redis";
import { runProgram } from "../helpers/program";
import { parse } from "../helpers/stackConfig";

const release: StateRelease = {
  name: "shop",
  namespace: "team-a",
  description: "flask-app 1.0.0 (sha256:new)",
  isInState: true,
  parentUrn: "urn:pulumi:dev::shop::flask-app:index:FlaskApp::app",
};

function live(status: string, description = "flask-app 1.0.0 (sha256:old)"): LiveRelease {
  const lastDeployed = { revision: 1, values: {}, description, manifests: "" };
  return { name: "shop", revision: 1, status, records: [], lastDeployed };
}

function problems(changes: Partial<StateRelease>, found?: LiveRelease): string[] {
  return releaseProblems("dev", [{ ...release, ...changes }], new Map(found && [["shop", found]]));
}

describe("A release in the state and in the cluster", () => {
  it("is no problem if it is in both, in neither, or left by an interrupted install of this program", () => {
    assert.deepEqual(problems({}, live("deployed")), []);
    assert.deepEqual(problems({}, live("failed")), []);
    assert.deepEqual(problems({ isInState: false }), []);
    assert.deepEqual(problems({ isInState: false }, live("deployed")), []);
  });

  it("was removed by hand if only the state has it", () => {
    assert.deepEqual(problems({}), [
      "The release shop is in this stack's state, but no longer in the namespace team-a: it was uninstalled or renamed by hand. To install it again, run: pulumi up --refresh --stack dev",
    ]);
  });

  it("was removed by hand if Helm kept its history", () => {
    const [problem] = problems({}, live("uninstalled"));
    assert.ok(problem.endsWith("run: helm uninstall shop --namespace team-a && pulumi up --refresh --stack dev"));
  });

  it("belongs to somebody else if only the cluster has it, with another description", () => {
    const [problem] = problems({ isInState: false }, live("deployed", "Install complete"));
    assert.match(problem, /^There is a release shop in the namespace team-a that this stack did not install: choose/);
    assert.ok(
      problem.endsWith(
        " To adopt it, run: pulumi import kubernetes:helm.sh/v3:Release shop team-a/shop --parent 'app=urn:pulumi:dev::shop::flask-app:index:FlaskApp::app' --protect=false --stack dev",
      ),
      problem,
    );
  });
});

describe("A release with a provider of its own", () => {
  const preview = (ownProvider: boolean) =>
    runProgram(
      async () => {
        const readPlan = recordPlan();
        const opts = ownProvider ? { provider: new k8s.Provider("other", {}) } : {};
        const target = { releaseName: "shop-redis", namespace: "team-a", timeoutSeconds: 60 };
        new Redis("redis", { ...target, storage: { size: "1Gi" } }, opts);
        const identity = { stack: "dev", project: "shop" };
        await checkPlan({ identity, config: parse({ tier: "development" }), faults: [], plan: await readPlan() });
        return {};
      },
      { render: () => [] },
    );

  it("is refused, because the checks look at the cluster of the default provider", async () => {
    await assert.rejects(preview(true), /These releases have a provider of their own, .*:\n {2}shop-redis$/);
    await preview(false);
  });
});
