import * as fs from "fs";
import * as path from "path";
import { pinnedVersion } from "../../tools/lib/binaries";
import { helm, Values } from "../helpers/helm";

/** One branch of an `if`, `else if`, `with` or `range`: the one for a true condition, or the one for a false one. */
export interface Branch {
  /** Such as `templates/service.yaml:7`. */
  place: string;
  /** The action, with `not` before it for the branch of a false condition. */
  condition: string;
}

/** Result of rendering an instrumented chart. */
export interface Coverage {
  /** The manifests, as Helm prints them for the original chart. */
  manifests: string;
  /** Indices of the branches that were taken. */
  taken: number[];
}

/** An action, `{{ … }}`, of a template. */
interface Action {
  start: number;
  end: number;
  /** What is between the delimiters. */
  code: string;
  /** `{{` or `{{-`. */
  left: string;
  /** `}}` or `-}}`. */
  right: string;
}

const actionPattern = new RegExp(
  [
    /(?<left>\{\{-?)/, // A trimming delimiter has a space after it, which is part of the code.
    /(?<code>\s*\/\*[^]*?\*\/\s*|(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[^"'`])*?)/, // Comment, or code with texts.
    /(?<right>(?<=\s)-\}\}|\}\})/,
  ]
    .map(({ source }) => source)
    .join(""),
  "g",
);

/** The actions of a template, comments included. */
export function parseActions(template: string): Action[] {
  return [...template.matchAll(actionPattern)].map(({ 0: all, index, groups }) => ({
    start: index,
    end: index + all.length,
    code: groups!.code.trim(),
    left: groups!.left,
    right: groups!.right,
  }));
}

/**
 * Changes a chart's templates so that each branch records that it was taken, and `fail` continues. Their output stays the
 * same.
 *
 * A branch records itself in the values, which all templates share. If the context of its define is neither the root nor a
 * dict with it, it records itself in that context; unless that is part of the values, the branch never counts as taken.
 *
 * @param neverEmpty Operands of `with` and `range` that are never empty, so that they have no other branch.
 * @returns All branches.
 */
export function instrument(chart: string, neverEmpty: readonly string[]): Branch[] {
  const branches: Branch[] = [];
  const templates = path.join(chart, "templates");
  for (const file of fs.readdirSync(templates, { recursive: true }) as string[]) {
    if (/\.(yaml|tpl|txt)$/.test(file)) {
      const template = path.join(templates, file);
      const text = fs.readFileSync(template, "utf8");
      fs.writeFileSync(template, instrumentTemplate(text, `templates/${file}`, neverEmpty, branches));
    }
  }
  // Helm renders the files that are the least deep last, and of those the first by name at the very end.
  fs.writeFileSync(path.join(templates, dumpFile), recordAndDump);
  return branches;
}

/** Renders an instrumented chart, as the release `shop`. */
export async function renderInstrumented(chart: string, values: Values, args: string[] = []): Promise<Coverage> {
  const text = await template(chart, values, args);
  const dump = new RegExp(`---\n# Source: [^\n]*/${dumpFile}\n(.*)\n`);
  const [document, json] = dump.exec(`${text}\n`) ?? ["", ""];
  return {
    manifests: `${text}\n`.replace(document, "").trimEnd(),
    taken: [...json.matchAll(/"branch (\d+) taken":true/g)].map(([, index]) => Number(index)),
  };
}

/** Output of `helm template` for a chart, as the release `shop`. */
export async function template(chart: string, values: Values, args: string[] = []): Promise<string> {
  const version = args.includes("--kube-version") ? [] : ["--kube-version", pinnedVersion("k8s.io/kubernetes")];
  return (await helm(["template", "shop", chart, ...version, ...args, "--values", "-"], values)).stdout;
}

const dumpFile = "0-coverage.yaml";

const recordAndDump = `{{- define "coverage.record" }}
{{- $context := index . 0 }}
{{- if kindIs "map" $context }}
{{- $root := ternary $context.root $context (hasKey $context "root") }}
{{- $_ := set ($root.Values | default $context) (printf "branch %d taken" (index . 1)) true }}
{{- end }}
{{- end }}
{{- dict "kind" "Coverage" "values" .Values | toJson }}
`;

function instrumentTemplate(text: string, file: string, neverEmpty: readonly string[], branches: Branch[]): string {
  let result = "";
  let copied = 0;
  /** The blocks around an action; `otherwise` is the branch to add at the end of the block. */
  const open: { otherwise?: Branch }[] = [];

  const mark = (branch: Branch, right = "}}") =>
    `{{ $_ := include "coverage.record" (list $ ${branches.push(branch) - 1}) ${right}`;

  for (const { start, end, code, left, right } of parseActions(text)) {
    const [keyword, next] = code.split(/\s+/);
    const place = `${file}:${text.slice(0, start).split("\n").length}`;
    let before = "";
    let action = text.slice(start, end);
    let after = "";

    if (["if", "with", "range", "define", "block"].includes(keyword)) {
      open.push({});
    }
    const block = open.at(-1);
    if (/^(else )?(if|with|range)$/.test(keyword === "else" ? `else ${next}` : keyword)) {
      after = mark({ place, condition: code }, right);
      const always = keyword !== "if" && neverEmpty.includes(code.replace(/^(else )?(with|range) (.*:= )?/, ""));
      block!.otherwise = always ? undefined : { place, condition: `not ${code}` };
    } else if (keyword === "else") {
      after = mark(block!.otherwise!, right);
      block!.otherwise = undefined;
    } else if (keyword === "end") {
      const { otherwise } = open.pop()!;
      if (otherwise) {
        // What trims the text before `end` now does so before `else`.
        before = `${left} else }}${mark(otherwise)}`;
        action = `{{ end ${right}`;
      }
    } else if (keyword === "fail") {
      action = `${left} $_ := ${code.slice("fail".length)} ${right}`;
    }
    result += text.slice(copied, start) + before + action + after;
    copied = end;
  }
  return result + text.slice(copied);
}
