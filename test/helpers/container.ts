import { V1Container } from "@kubernetes/client-node";
import { execa } from "execa";
import { postgresqlTools } from "./postgresqlServer";

/** What a test provides to a container that runs on this machine. */
export interface ContainerRun {
  /** Values of the Secrets' keys. */
  secrets: Record<string, string>;
  /** Variables that differ from those in the manifest, such as the address of a server. */
  env?: Record<string, string>;
  /** Command to run instead of the container's own. */
  command?: string[];
  /** Folders with programs, searched first. */
  path?: string[];
}

/** Runs a container's command as the kubelet does: without a terminal, and with the values of its Secrets. */
export function runContainer(container: V1Container, { secrets, env = {}, command, path = [] }: ContainerRun) {
  const [program, ...args] = command ?? container.command!.map(withSingleDollars);
  const variables = (container.env ?? []).map(({ name, value, valueFrom }) => [
    name,
    value ?? secrets[valueFrom?.secretKeyRef?.key ?? ""],
  ]);
  const PATH = [...path, postgresqlTools, process.env.PATH].join(":");
  return execa(program, args, {
    env: { PATH, ...(Object.fromEntries(variables) as Record<string, string>), ...env },
    extendEnv: false,
    detached: true,
    stdin: "ignore",
    reject: false,
  });
}

/** A part of a container's command as the container gets it: Kubernetes makes one dollar sign of two. */
export function withSingleDollars(part: string): string {
  return part.split("$$").join("$");
}
