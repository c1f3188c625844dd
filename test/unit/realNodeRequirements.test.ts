import * as assert from "assert/strict";
import { missingForRealNode } from "../../sandbox/node/requirements";

describe("What a real node needs", () => {
  it("is Linux", async () => {
    assert.deepEqual(await missingForRealNode({ platform: "darwin" }), ["use Linux, not darwin"]);
  });

  it("is root", async () => {
    assert.deepEqual(await missingForRealNode({ platform: "linux", uid: 1000 }), ["run it as root"]);
  });

  it("is a kernel with the nftables features that kube-proxy uses", async () => {
    const [first] = await missingForRealNode({ platform: "linux", uid: 0, release: "5.12.19-generic" });
    assert.equal(first, "use a kernel of version 5.13 or newer, not 5.12.19-generic");
    const newer = await missingForRealNode({ platform: "linux", uid: 0, release: "6.1.0" });
    assert.ok(
      newer.every((clause) => !clause.includes("kernel")),
      newer.join("; "),
    );
  });
});
