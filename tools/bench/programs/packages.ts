import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

// The two SDK packages, loaded as the language host of Pulumi loads a program in TypeScript.
process.exit(k8s.core && pulumi.runtime ? 0 : 1);
