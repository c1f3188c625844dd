import assert from "node:assert/strict";
import { unusedValues } from "../../components/checks/unusedValues";
import { FlaskAppValues } from "../../components/config/config.generated";
import { readStackFile } from "../../tools/lib/stackFiles";

describe("Values without effect", () => {
  for (const [title, values, expected] of [
    [
      "a number of pods that the autoscaler decides",
      { replicaCount: 4, autoscaling: { enabled: true, minReplicas: 2 } },
      ["app.replicaCount: has no effect: app.autoscaling.enabled is true, so there are 2 to 10 pods"],
    ],
    [
      "a number of pods that something outside the chart decides",
      { replicaCount: 4, autoscaling: { external: true } },
      [
        "app.replicaCount: has no effect: app.autoscaling.external is true, so something outside the chart sets the number of pods",
      ],
    ],
    [
      "settings of what is off",
      {
        ingress: { enabled: false, className: "nginx" },
        healthCheck: { livenessProbe: { enabled: false, path: "/up" } },
      },
      [
        "app.ingress.className: has no effect: app.ingress.enabled is false",
        "app.healthCheck.livenessProbe.path: has no effect: app.healthCheck.livenessProbe.enabled is false",
      ],
    ],
    [
      "settings of what is off by default",
      { persistence: { size: "5Gi" } },
      ["app.persistence.size: has no effect: app.persistence.enabled is false"],
    ],
    [
      "the size of a claim that exists already",
      { persistence: { enabled: true, existingClaim: "data", size: "5Gi" } },
      ["app.persistence.size: has no effect: app.persistence.existingClaim names a claim that exists already"],
    ],
    ["nothing, if all are used", { replicaCount: 4, ingress: { enabled: true } }, []],
  ] as [string, FlaskAppValues, string[]][]) {
    it(`are ${title}`, () => {
      assert.deepEqual(
        unusedValues(values).map(({ path, problem }) => `${path}: ${problem}`),
        expected,
      );
    });
  }

  for (const stack of ["dev", "staging", "production"]) {
    it(`are not in the stack file of ${stack}`, () => {
      assert.deepEqual(unusedValues(readStackFile(stack).config["flask-app:app"] as FlaskAppValues), []);
    });
  }
});
