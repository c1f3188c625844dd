import assert from "node:assert/strict";
import { ImageSource } from "../../components/config/config.generated";
import { imageSource } from "../../components/image";

describe("The image of a database", () => {
  const byDefault = { repository: "bitnamilegacy/redis", tag: "7.0.12" };
  const digest = `sha256:${"0".repeat(64)}`;

  const cases: [title: string, configured: ImageSource | undefined, expected: ImageSource][] = [
    ["is the default without config", undefined, byDefault],
    [
      "comes from a mirror by its registry alone",
      { registry: "r.example.com" },
      { registry: "r.example.com", ...byDefault },
    ],
    ["is pinned by its digest alone", { digest }, { ...byDefault, digest }],
    ["is another version by its tag alone", { tag: "7.2" }, { ...byDefault, tag: "7.2" }],
    [
      "is pulled with the login that is named",
      { pullSecrets: ["registry-login"] },
      { ...byDefault, pullSecrets: ["registry-login"] },
    ],
    ["has nothing of the default's if it is of another repository", { repository: "redis" }, { repository: "redis" }],
    ["is of another repository by its digest", { repository: "redis", digest }, { repository: "redis", digest }],
  ];
  for (const [title, configured, expected] of cases) {
    it(title, () => assert.deepEqual(imageSource(configured, byDefault), expected));
  }
});
