import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { readStackFile, StackFileConfig, toProgramConfig } from "../../tools/lib/stackFiles";

/** What a program registered with the engine. Resources are called `Release flask-dev`: last part of the type, name. */
export interface Registration {
  resource: string;
  /** Type token, such as `kubernetes:helm.sh/v3:Release`. */
  type: string;
  name: string;
  parent: string;
  /** Resources that it waits for, explicitly or through an input. */
  dependencies: string[];
  /** Inputs as they are, secret or not. */
  inputs: Record<string, unknown>;
  /** Inputs that are secret, such as `stringData`. */
  secretPaths: string[];
  protect: boolean;
  deleteBeforeReplace: boolean;
  retainOnDelete: boolean;
}

/** What a program exported under one name. */
export interface ExportedValue {
  value: unknown;
  secret: boolean;
}

/** All that came of a run. */
export interface ProgramRun {
  registrations: Registration[];
  outputs: Record<string, ExportedValue>;
}

/** The wire form of a secret: https://www.pulumi.com/docs/iac/concepts/secrets/. */
const secretSignature = "4dabf18193072939515e22adb298388d";

/** The value of a RandomPassword in these tests. A URL that holds it must encode it; a real one is letters and digits. */
export function passwordOf(name: string): string {
  return `${name}:/?#@%&`;
}

/** Stands in for the Kubernetes provider: renders a chart. */
export type Rendering = (options: Record<string, unknown>) => object[] | Promise<object[]>;

/** What a run may be given. */
export interface RunOptions {
  stack?: string;
  /** Config as the engine hands it over. */
  config?: Record<string, string>;
  /** The value of a RandomPassword, by its name. */
  passwords?: (name: string) => string;
  /** Makes the run a preview: gets what `kubernetes:helm:template` is called with, and returns the manifests. */
  rendering?: Rendering;
  /** Gets each registration as it is made: what a run that fails has registered until then. */
  registrations?: Registration[];
}

/** Runs index.ts on Pulumi mocks, for a stack as its file configures it, or with a change to that. */
export async function runStack(
  stack: string,
  change?: (config: StackFileConfig) => void,
  options: RunOptions = {},
): Promise<ProgramRun> {
  const { config } = readStackFile(stack);
  change?.(config);
  const program = async () => {
    // Loaded before, it would not run again; left behind, it would not run for the tests of the sandbox.
    const index = require.resolve("../../index");
    delete require.cache[index];
    const { default: deploy } = await import("../../index");
    delete require.cache[index];
    return deploy();
  };
  return runProgram(program, { ...options, stack, config: toProgramConfig(config) });
}

/**
 * Runs a program on Pulumi mocks.
 *
 * @param program Makes resources and returns the outputs to look at.
 */
export async function runProgram(
  program: () => object | Promise<object>,
  { stack = "test", config = {}, passwords = passwordOf, rendering, registrations = [] }: RunOptions = {},
): Promise<ProgramRun> {
  const mocks = { newResource: mockResource(passwords), call: mockCall(rendering) };
  await pulumi.runtime.setMocks(mocks, "flask-app", stack, rendering !== undefined);
  record(registrations);
  pulumi.runtime.setAllConfig(config);
  const outputs: Record<string, ExportedValue> = {};
  await pulumi.runtime.runInPulumiStack(async () => {
    for (const [name, exported] of Object.entries(await program())) {
      const output = pulumi.output<unknown>(exported);
      outputs[name] = { value: await valueOf(output), secret: await pulumi.isSecret(output) };
    }
  });
  await pulumi.runtime.disconnect();
  return { registrations, outputs };
}

/** The value of an output. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply((value) => resolve(value)));
}

/** The one registration of a resource, such as `Release flask-dev`. */
export function find({ registrations }: ProgramRun, resource: string): Registration {
  const found = registrations.filter((registration) => registration.resource === resource);
  if (found.length !== 1) {
    throw new Error(`${found.length} registrations of ${resource}`);
  }
  return found[0];
}

/** The values that a Release hands to its chart. */
export function valuesOf(run: ProgramRun, release: string): Record<string, unknown> {
  return find(run, `Release ${release}`).inputs.values as Record<string, unknown>;
}

/** The checksum of its Secret that a Release puts on its pods. */
export function checksumOf(run: ProgramRun, release: string): string | undefined {
  return /"checksum\/secret":"([0-9a-f]{64})"/.exec(JSON.stringify(valuesOf(run, release)))?.[1];
}

/** Registrations of a type, by the last part of its token. */
export function ofType({ registrations }: ProgramRun, type: "Release" | "Secret" | "RandomPassword"): Registration[] {
  return registrations.filter((registration) => registration.type.endsWith(`:${type}`));
}

/** Every form in which a text could show the value of one of the run's passwords. */
export function passwordForms(run: ProgramRun): string[] {
  return ofType(run, "RandomPassword")
    .map(({ name }) => passwordOf(name))
    .flatMap((password) => [password, encodeURIComponent(password), Buffer.from(password).toString("base64")]);
}

/** Those of some texts that Helm is shown in a Release. */
export function shownToHelm(run: ProgramRun, texts: string[]): string[] {
  const shown = JSON.stringify(ofType(run, "Release").map(({ inputs }) => inputs));
  return texts.filter((text) => shown.includes(text));
}

function mockResource(passwords: (name: string) => string): pulumi.runtime.Mocks["newResource"] {
  return ({ type, name, inputs }) => {
    const state = inputs as Record<string, unknown>;
    return { id: name, state: type.endsWith(":RandomPassword") ? { ...state, result: passwords(name) } : state };
  };
}

/** Answers the one function that the program calls. */
export function mockCall(rendering: Rendering | undefined): pulumi.runtime.Mocks["call"] {
  return async ({ token, inputs }) => {
    if (!rendering || token !== "kubernetes:helm:template") {
      throw new Error(`unexpected call of ${token}`);
    }
    const { jsonOpts } = inputs as { jsonOpts: string };
    try {
      return { result: await rendering(JSON.parse(jsonOpts) as Record<string, unknown>) };
    } catch (error) {
      // The form of an error of gRPC.
      throw Object.assign(error as Error, { details: (error as Error).message });
    }
  };
}

/** Has the mock monitor note each request: mocks themselves see neither parent, dependencies nor options. */
function record(registrations: Registration[]): void {
  const monitor = pulumi.runtime.getMonitor() as unknown as MockMonitor;
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request: RegisterResourceRequest, callback) => {
    if (request.getType() !== "pulumi:pulumi:Stack") {
      registrations.push(toRegistration(request));
    }
    return register(request, callback);
  };
}

function toRegistration(request: RegisterResourceRequest): Registration {
  const secretPaths: string[] = [];
  const inputs = unwrapSecrets(request.getObject()?.toJavaScript() ?? {}, "", secretPaths);
  return {
    resource: nameOfType(request.getType(), request.getName()),
    type: request.getType(),
    name: request.getName(),
    parent: nameOfUrn(request.getParent()),
    dependencies: request.getDependenciesList().map(nameOfUrn).sort(),
    inputs: inputs as Record<string, unknown>,
    secretPaths,
    protect: request.getProtect() ?? false,
    deleteBeforeReplace: request.getDeletebeforereplace(),
    retainOnDelete: request.getRetainondelete() ?? false,
  };
}

function nameOfUrn(urn: string): string {
  const [, , type, name] = urn.split("::");
  return nameOfType(type, name);
}

function nameOfType(type: string, name: string): string {
  return `${type.split(/[$:]/).pop()} ${name}`;
}

/** The value without the wrappers of its secrets, whose paths it adds to `secretPaths`. */
function unwrapSecrets(value: unknown, path: string, secretPaths: string[]): unknown {
  const step = (key: string | number) => (path ? `${path}.${key}` : String(key));
  if (Array.isArray(value)) {
    return value.map((item, index) => unwrapSecrets(item, step(index), secretPaths));
  }
  if (typeof value !== "object" || value === null) {
    return value;
  }
  if (secretSignature in value) {
    secretPaths.push(path);
    return unwrapSecrets((value as { value?: unknown }).value, path, secretPaths);
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, unwrapSecrets(item, step(key), secretPaths)]),
  );
}

/** What was registered, in the order of the alphabet. */
export function names(registrations: Registration[]): string[] {
  return registrations.map(({ resource }) => resource).sort();
}
