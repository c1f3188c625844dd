import * as assert from "assert/strict";
import { helmFullname, NameOverrides } from "../../components/helmNames";
import { render } from "../helpers/helm";
import { everySection } from "./sections";

describe("the names of the chart's objects", function () {
  this.timeout(60_000);
  it("refer to each other by fullnameOverride", async () => {
    const renamed = await render({ ...everySection, fullnameOverride: "web" });
    assert.deepEqual([...new Set(renamed.all.map(({ metadata }) => metadata.name))].sort(), [
      "web",
      "web-migration",
      "web-model",
      "web-test",
      "web-worker",
    ]);
    const references = {
      config: renamed.container.envFrom?.[0].configMapRef?.name,
      secret: renamed.container.envFrom?.[1].secretRef?.name,
      account: renamed.pod.serviceAccountName,
      claim: renamed.pod.volumes?.[0].persistentVolumeClaim?.claimName,
      scaled: renamed.one("HorizontalPodAutoscaler").spec?.scaleTargetRef.name,
      backend: renamed.one("Ingress").spec?.rules?.[0].http?.paths[0].backend.service?.name,
    };
    for (const [reference, name] of Object.entries(references)) {
      assert.equal(name, "web", reference);
    }
  });

  const longest = "a".repeat(53);
  const cases: { release: string; overrides?: NameOverrides; fullname: string }[] = [
    { release: "shop", fullname: "shop-flask-app" },
    { release: "flask-app", fullname: "flask-app" },
    { release: "my-flask-app-2", fullname: "my-flask-app-2" },
    { release: "flask-dev", fullname: "flask-dev-flask-app" },
    { release: longest, fullname: `${longest}-flask-app` },
    { release: "shop", overrides: { nameOverride: "web" }, fullname: "shop-web" },
    { release: "web-shop", overrides: { nameOverride: "web" }, fullname: "web-shop" },
    { release: longest, overrides: { nameOverride: "frontend-x-web" }, fullname: `${longest}-frontend` },
    { release: "shop", overrides: { fullnameOverride: "web" }, fullname: "web" },
    { release: "shop", overrides: { fullnameOverride: "web", nameOverride: "api" }, fullname: "web" },
    { release: "on", fullname: "on-flask-app" },
    { release: "1234", overrides: { nameOverride: "on" }, fullname: "1234-on" },
  ];
  for (const { release, overrides, fullname } of cases) {
    const given = overrides ? `${release} with ${JSON.stringify(overrides)}` : release;
    it(`are ${fullname} for release ${given}, and the program expects the same`, async () => {
      const renamed = await render({ ...overrides }, { release });
      assert.equal(renamed.one("Service").metadata?.name, fullname);
      assert.equal(helmFullname(release, "flask-app", overrides), fullname);
    });
  }
});
