import * as fs from "fs";
import * as path from "path";

/** Changes a copy of the chart so that `helm template`, which ignores NOTES.txt, prints the notes as a manifest. */
export function printNotes(chart: string): void {
  const templates = path.join(chart, "templates");
  const notes = fs.readFileSync(path.join(templates, "NOTES.txt"), "utf8");
  const manifest = `kind: Notes\ntext: {{ include "notes" . | toJson }}\n`;
  fs.rmSync(path.join(templates, "NOTES.txt"));
  fs.writeFileSync(path.join(templates, "notes.yaml"), `{{ define "notes" }}${notes}{{ end }}${manifest}`);
}
