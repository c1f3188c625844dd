import * as pulumi from "@pulumi/pulumi";
import { PolicyPack } from "@pulumi/policy";
import { guardRails } from "../components/guardRails";
import { isProduction } from "../components/guardedStack";
import { readStaging } from "../components/stagingFile";
import { guardedResources } from "./guardedResources";

const project = pulumi.getProject();

new PolicyPack("flask-app-guard-rails", {
  enforcementLevel: "mandatory",
  policies: guardRails.map(({ name, description, faults }) => ({
    name,
    description,
    validateStack: ({ resources }, reportViolation) => {
      const stack = guardedResources(pulumi.getStack(), resources);
      if (isProduction(stack)) {
        faults(stack, readStaging(project)).forEach(({ path, problem }) =>
          reportViolation(`${project}:${path}: ${problem}`),
        );
      }
    },
  })),
});
