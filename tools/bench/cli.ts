import "./benchSandbox";
import { Command, InvalidArgumentError } from "commander";
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

const rows = [...programRows, ...engineRows, ...helmRows, ...sandboxRows, ...suiteRows, ...coldRows];
/** Rows that deploy something. */
const onSandbox = [...engineRows, ...helmRows].filter(({ name }) => name !== "render");

interface Options {
  only: string[];
  runs: number;
  record?: boolean;
}

async function bench({ only, runs, record: wantsRecord = only.length === 0 }: Options): Promise<void> {
  const wanted = only.length === 0 ? rows : rows.filter(({ name }) => only.includes(name));
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

function rowNames(text: string): string[] {
  const names = text.split(",");
  const unknown = names.find((name) => !rows.some((row) => row.name === name));
  if (unknown !== undefined) {
    throw new InvalidArgumentError(
      `There is no row ${unknown}; the rows are ${rows.map(({ name }) => name).join(", ")}.`,
    );
  }
  return names;
}

function count(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) {
    throw new InvalidArgumentError("A whole number from 1 is wanted.");
  }
  return number;
}

new Command("flask-app-bench")
  .description(
    "Measures whole processes in turn and compares their medians with what was recorded. With every row it records " +
      "them: in bench/recorded.json, the table of bench/README.md and bench/results.svg.",
  )
  .option("--only <rows>", `some of ${rows.map(({ name }) => name).join(",")}`, rowNames, [])
  .option("--runs <count>", "runs of each", count, 5)
  .option("--record", "record what was measured, also of some rows alone")
  .action(bench)
  .parseAsync()
  .then(
    () => process.exit(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
