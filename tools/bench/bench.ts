import { Listr } from "listr2";
import { stopControlPlane } from "../../sandbox/controlPlane";
import { setUpSandbox } from "../../sandbox/setUp";
import { writeChart } from "./chart";
import { coldRows } from "./coldRows";
import { engineRows } from "./engineRows";
import { helmRows } from "./helmRows";
import { machine } from "./machine";
import { measureInTurn } from "./measure";
import { programRows } from "./programRows";
import { record, Result } from "./results";
import { Row } from "./row";
import { sandboxRows } from "./sandboxRows";
import { suiteRows } from "./suiteRows";
import { comparison, recordedResults, writeTable } from "./table";
import { UserError } from "../lib/userError";

const rows = [...programRows, ...engineRows, ...helmRows, ...sandboxRows, ...suiteRows, ...coldRows];
/** Rows that deploy something. */
const onSandbox = [...engineRows, ...helmRows].filter(({ name }) => name !== "render");

interface Options {
  /** Names of rows, separated by commas. */
  only?: string;
  runs: number;
  record?: boolean;
}

/**
 * `npm run bench`: measures every row, or some, and compares them with what was recorded.
 *
 * @throws {UserError} If there is no such row.
 */
export async function bench({ only, runs, record: wantsRecord = only === undefined }: Options): Promise<void> {
  const wanted = only === undefined ? rows : only.split(",").map(rowNamed);
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
  console.log(`\n${machine()}\n\n${comparison(results)}`);
  if (wantsRecord) {
    record(results, machine());
    await writeTable(rows, machine());
    writeChart(recordedResults(rows));
  }
}

/** A row that fails is told of, and leaves the others their turn. */
async function measureRow(row: Row, runs: number, report: (progress: string) => void): Promise<Result> {
  const notMeasured = await row.missing?.();
  if (notMeasured) {
    return { row, notMeasured };
  }
  try {
    report("getting ready");
    return { row, medians: await measureInTurn(await row.subjects(), Math.min(runs, row.mostRuns ?? runs), report) };
  } catch (error) {
    const lines = (error as Error).message.split("\n");
    const told = lines.find((line) => /error:/i.test(line)) ?? lines[0];
    return { row, notMeasured: `it failed: ${told.trim().slice(0, 150)}` };
  }
}

function rowNamed(name: string): Row {
  const row = rows.find((known) => known.name === name);
  if (!row) {
    throw new UserError(`There is no row "${name}"; the rows are ${rows.map((known) => known.name).join(", ")}.`);
  }
  return row;
}
