import * as fs from "fs";
import * as path from "path";
import * as yaml from "yaml";

/** A mistake that people make: an entry of mistakes.yaml, which describes the keys. */
export interface Mistake {
  title: string;
  stack?: string;
  set?: Record<string, unknown>;
  remove?: string;
  edit?: { file: string; from: string; to: string };
  naive: string;
  now: string;
}

const file = path.join(__dirname, "../mistakes/mistakes.yaml");

/** The mistakes in the table of docs/mistakes.md. */
export const mistakes = yaml.parse(fs.readFileSync(file, "utf8")) as Mistake[];
