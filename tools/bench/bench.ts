import { Listr } from "listr2";
import { stopControlPlane } from "../../sandbox/controlPlane";
import { setUpSandbox } from "../../sandbox/setUp";
import { UserError } from "../lib/userError";
import { writeChart } from "./chart";
import { engineRows } from "./engineRows";
import { helmRows } from "./helmRows";
import { measureInTurn } from "./measure";
import { programRows } from "./programRows";
import { machine, markdownTable, record, recordedResults, Result, writeTable } from "./results";
import { Row } from "./row";
import { coldRows, sandboxRows, suiteRows } from "./sandboxRows";

/** Rows that use a sandbox which is running already. */
const onSandbox = [...engineRows, ...helmRows];
const rows = [...programRows, ...onSandbox, ...sandboxRows, ...suiteRows, ...coldRows];

/** What to measure. */
export interface BenchOptions {
  /** Names of rows, separated by commas; default: all rows. */
  only?: string;
  /** Runs of each subject. */
  runs: number;
  /** Whether to record the results; default: only those of all rows. */
  record?: boolean;
}

/**
 * Measures rows, prints them next to the recorded results, and records them in recorded.json, README.md and results.svg.
 *
 * @throws {UserError} If there is no row with one of the names.
 */
export async function bench({ only, runs, record: wantsRecord = !only }: BenchOptions): Promise<void> {
  const wanted = only ? only.split(",").map(rowNamed) : rows;
  const results: Result[] = [];
  try {
    if (wanted.some((row) => onSandbox.includes(row))) {
      await setUpSandbox(new AbortController().signal);
    }
    await new Listr(
      wanted.map((row) => ({
        title: row.name,
        task: async (_, task) => {
          const result = await measureRow(row, runs, (progress) => (task.output = progress));
          task.title = result.medians ? row.name : `${row.name}: not measured: ${result.notMeasured}`;
          results.push(result);
        },
      })),
    ).run();
  } finally {
    await stopControlPlane();
  }
  console.log(`\n${machine()}\n\n${markdownTable(results, recordedResults(wanted))}`);
  if (wantsRecord) {
    record(results);
    await writeTable(rows);
    writeChart(recordedResults(rows));
  }
}

/** Measures one row. An error becomes part of the result, so that the other rows are still measured. */
async function measureRow(row: Row, runs: number, report: (progress: string) => void): Promise<Result> {
  const notMeasured = await row.missing?.();
  if (notMeasured) {
    return { row, notMeasured };
  }
  try {
    report("preparing");
    const subjects = typeof row.subjects === "function" ? await row.subjects() : row.subjects;
    return { row, medians: await measureInTurn(subjects, Math.min(runs, row.mostRuns ?? runs), report) };
  } catch (error) {
    const lines = (error as Error).message.split("\n");
    const line = lines.find((text) => /error:/i.test(text)) ?? lines[0];
    return { row, notMeasured: `it failed: ${line.trim().slice(0, 150)}` };
  }
}

function rowNamed(name: string): Row {
  const found = rows.find((row) => row.name === name);
  if (!found) {
    throw new UserError(`There is no row ${name}. The rows are ${rows.map((row) => row.name).join(", ")}.`);
  }
  return found;
}
