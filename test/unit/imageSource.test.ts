import assert from "node:assert/strict";
import { ImageSource } from "../../components/config/config.generated";
import { imageSource } from "../../components/image";

describe("The image of a database", () => {
  const byDefault = { repository: "bitnamilegacy/redis", tag: "7.0.12" };
  const digest = `sha256:${"0".repeat(64)}`;

  const cases: [title: string, configured: ImageSource | undefined, expected: ImageSource][] = [
    ["is the default if nothing is configured", undefined, byDefault],
    [
      "comes from a mirror if only a registry is set",
      { registry: "r.example.com" },
      { registry: "r.example.com", ...byDefault },
    ],
    ["can be pinned by only a digest", { digest }, { ...byDefault, digest }],
    ["can be another version by only a tag", { tag: "7.2" }, { ...byDefault, tag: "7.2" }],
    [
      "is pulled with the named pull secrets",
      { pullSecrets: ["registry-login"] },
      { ...byDefault, pullSecrets: ["registry-login"] },
    ],
    [
      "takes nothing from the default if the repository is another one",
      { repository: "redis" },
      { repository: "redis" },
    ],
    ["can be another repository with a digest", { repository: "redis", digest }, { repository: "redis", digest }],
  ];
  for (const [title, configured, expected] of cases) {
    it(title, () => assert.deepEqual(imageSource(configured, byDefault), expected));
  }
});
