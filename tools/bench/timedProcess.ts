import { execa } from "execa";
import { projectFolder } from "../lib/paths";
import { Measure } from "./row";

/** What a process gets beside its arguments. */
export interface ProcessOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
}

/** Runs a whole process, and takes its time; its peak memory, too, if its last line tells it (`programs/peakMemory.ts`). */
export async function timedProcess(command: string, args: string[], options: ProcessOptions = {}): Promise<Measure> {
  const begun = performance.now();
  const { stdout } = await execa(command, args, { cwd: projectFolder, ...options });
  const seconds = (performance.now() - begun) / 1000;
  const peak = /^peak memory: ([\d.]+) MiB$/m.exec(stdout);
  return peak ? { seconds, mebibytes: Number(peak[1]) } : { seconds };
}

/** Runs a TypeScript file of the project in a process of its own, as its npm scripts do. */
export function timedScript(file: string, args: string[] = [], options: ProcessOptions = {}): Promise<Measure> {
  return timedProcess("node", ["-r", "ts-node/register", file, ...args], options);
}
