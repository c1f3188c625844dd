import { ConfigFault } from "../config/configFault";

/**
 * Finds the value in which Helm could not evaluate a template expression. Helm's message has the text of a whole list of
 * values and a line in it, but not the path of the value.
 *
 * @param message Helm's.
 * @param values The values of the release.
 * @returns Undefined if the message is about something else.
 */
export function templateFault(message: string, values: object): ConfigFault | undefined {
  const [, quoted, line, reason] = /("(?:[^"\\]|\\.)*"): template: gotpl:(\d+)(?::\d+)?: ([^\n]*)/.exec(message) ?? [];
  if (!quoted) {
    return undefined;
  }
  const text = unquote(quoted).split("\n")[Number(line) - 1] ?? "";
  const path = templatedTexts(values, "").find(({ value }) => holds(text, value))?.path;
  const problem = `holds a template expression that Helm cannot evaluate: ${reason}; to keep {{ as it is, write {{ "{{" }} in its place`;
  return path === undefined ? undefined : { path, problem };
}

/** Whether a line of YAML has a line of the value in it. */
function holds(text: string, value: string): boolean {
  return value.split("\n").some((part) => part.includes("{{") && text.includes(part.trim()));
}

/** A text as Go quotes it. */
function unquote(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    // Go escapes some characters differently.
    return quoted.slice(1, -1).replaceAll("\\n", "\n").replaceAll('\\"', '"');
  }
}

/** Every text with a template expression in some values, with its path. */
function templatedTexts(value: unknown, path: string): { path: string; value: string }[] {
  if (typeof value === "string") {
    return value.includes("{{") ? [{ path, value }] : [];
  }
  return Object.entries(value ?? {}).flatMap(([key, child]: [string, unknown]) =>
    templatedTexts(child, Array.isArray(value) ? `${path}[${key}]` : path ? `${path}.${key}` : key),
  );
}
