import { Listr } from "listr2";
import { stopControlPlane } from "../../sandbox/controlPlane";
import { setUpSandbox } from "../../sandbox/setUp";
import { UserError } from "../lib/userError";
import { engineRows } from "./engineRows";
import { helmRows } from "./helmRows";
import { measureInTurn, Row } from "./measure";
import { programRows } from "./programRows";
import { machine, record, Results, resultsTable } from "./results";
import { sandboxRows } from "./sandboxRows";

/** Rows that use a sandbox which is running already. The rows after them start it again. */
const onSandbox = [...engineRows, ...helmRows];
const rows = [...programRows, ...onSandbox, ...sandboxRows];

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
 * Measures rows, prints them, and records them in recorded.json and README.md. If a row cannot be measured, or fails, it
 * prints why, measures the others, and keeps what is recorded of that row.
 *
 * @throws {UserError} If there is no row with one of the names.
 */
export async function bench({ only, runs, record: wantsRecord = !only }: BenchOptions): Promise<void> {
  const wanted = only ? rowsNamed(only.split(",")) : rows;
  const results: Results = {};
  try {
    if (wanted.some((row) => onSandbox.includes(row))) {
      await setUpSandbox(new AbortController().signal);
    }
    const tasks = wanted.map(({ name, missing, mostRuns = runs, subjects }) => ({
      title: name,
      skip: async () => (await missing?.()) ?? false,
      task: async (_: unknown, task: { output: string }) => {
        task.output = "preparing";
        const report = (progress: string) => (task.output = progress);
        const medians = await measureInTurn(await subjects(), Math.min(runs, mostRuns), report);
        results[name] = { machine: machine(), medians };
      },
    }));
    await new Listr(tasks, { exitOnError: false }).run();
  } finally {
    await stopControlPlane();
  }
  console.log(`\n${resultsTable(results, rows)}`);
  if (wantsRecord) {
    await record(results, rows);
  }
}

/** The rows with some names, in the order of the table. */
function rowsNamed(names: string[]): Row[] {
  const namesOf = ({ name }: Row) => [name, name.split("/")[0]];
  const unknown = names.find((name) => !rows.some((row) => namesOf(row).includes(name)));
  if (unknown !== undefined) {
    throw new UserError(`There is no row ${unknown}. The rows are ${rows.map((row) => row.name).join(", ")}.`);
  }
  return rows.filter((row) => namesOf(row).some((name) => names.includes(name)));
}
