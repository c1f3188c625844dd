import * as pulumi from "@pulumi/pulumi";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { projectFolder } from "../../tools/lib/paths";
import { loadProgram, MockRun, passwordType, Program, runOnMocks, StackOutputs } from "../../tools/lib/program";
import { readStackFile, StackFileConfig } from "../../tools/lib/stackFiles";
import { unwrapSecrets } from "../../tools/lib/unwrapSecrets";

/** A resource that a program registered. `resource` is the last part of its type and its name: `Release flask-dev`. */
export interface Registration {
  resource: string;
  /** Type token, such as `kubernetes:helm.sh/v3:Release`. */
  type: string;
  name: string;
  parent: string;
  /** Resources that it waits for, explicitly or through an input. */
  dependencies: string[];
  /** Inputs, with secrets in plain text. */
  inputs: Record<string, unknown>;
  /** Paths of the secret inputs, such as `stringData`. */
  secretPaths: string[];
  protect: boolean;
  deleteBeforeReplace: boolean;
  retainOnDelete: boolean;
}

/** What a run registered and returned. */
export interface ProgramRun {
  registrations: Registration[];
  outputs: StackOutputs;
}

/** The value of a RandomPassword in these tests. A URL has to encode it, unlike real ones, which are letters and digits. */
export function passwordOf(name: string): string {
  return `${name}:/?#@%&`;
}

/** Options of a run. */
export interface RunOptions {
  stack?: string;
  /** The value of a RandomPassword, by its name. */
  passwords?: (name: string) => string;
  /** Config keys that contain a secret; see {@link MockRun}. */
  secretKeys?: MockRun["secretKeys"];
  /** Makes the run a preview; see {@link MockRun}. */
  render?: MockRun["render"];
  /** Secrets of the cluster; see {@link MockRun}. */
  readSecret?: MockRun["readSecret"];
  /** Gets each registration as it happens, also those of a run that fails. */
  registrations?: Registration[];
}

/** Runs index.ts on Pulumi mocks, with the config of a stack's file or a change to it. */
export async function runStack(
  stack: string,
  change?: (config: StackFileConfig) => void,
  options: RunOptions = {},
): Promise<ProgramRun> {
  const { config } = readStackFile(stack);
  change?.(config);
  return runProgram(await loadProgram(projectFolder), { ...options, stack }, config);
}

/**
 * Runs a program on Pulumi mocks.
 *
 * @param program Creates resources and returns the outputs to look at.
 */
export async function runProgram(
  program: Program,
  { stack = "test", passwords = passwordOf, secretKeys, render, readSecret, registrations = [] }: RunOptions = {},
  config: StackFileConfig = {},
): Promise<ProgramRun> {
  const recorded: Program = () => {
    record(registrations);
    return program();
  };
  const outputs = await runOnMocks(recorded, {
    stack,
    config,
    secretKeys,
    handle: (type, name, inputs) => (type === passwordType ? { ...inputs, result: passwords(name) } : inputs),
    render,
    readSecret,
  });
  return { registrations, outputs };
}

/** The one registration of a resource, such as `Release flask-dev`. */
export function find({ registrations }: ProgramRun, resource: string): Registration {
  const found = registrations.filter((registration) => registration.resource === resource);
  if (found.length !== 1) {
    throw new Error(`${found.length} registrations of ${resource}`);
  }
  return found[0];
}

/** The values that a Release passes to its chart. */
export function valuesOf(run: ProgramRun, release: string): Record<string, unknown> {
  return find(run, `Release ${release}`).inputs.values as Record<string, unknown>;
}

/** The checksum of the Secret that a Release puts on its pods. */
export function checksumOf(run: ProgramRun, release: string): string | undefined {
  return /"checksum\/secret":"([0-9a-f]{64})"/.exec(JSON.stringify(valuesOf(run, release)))?.[1];
}

/** Registrations of a type, by the last part of its token. */
export function ofType({ registrations }: ProgramRun, type: "Release" | "Secret" | "RandomPassword"): Registration[] {
  return registrations.filter((registration) => registration.type.endsWith(`:${type}`));
}

/** The run's passwords in every form that a text could show them in. */
export function passwordForms(run: ProgramRun): string[] {
  return ofType(run, "RandomPassword")
    .map(({ name }) => passwordOf(name))
    .flatMap((password) => [password, encodeURIComponent(password), Buffer.from(password).toString("base64")]);
}

/** Those of the texts that appear in the inputs of a Release. */
export function shownToHelm(run: ProgramRun, texts: string[]): string[] {
  const shown = JSON.stringify(ofType(run, "Release").map(({ inputs }) => inputs));
  return texts.filter((text) => shown.includes(text));
}

/** Records each request to the mock monitor. Mocks themselves see neither parent, dependencies nor options. */
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
  const inputs = unwrapSecrets(request.getObject()?.toJavaScript() ?? {}, secretPaths);
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

/** What was registered, in alphabetical order. */
export function names(registrations: Registration[]): string[] {
  return registrations.map(({ resource }) => resource).sort();
}
