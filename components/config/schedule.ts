/** A cron schedule that Kubernetes accepts: the days on which it runs, or the time between two runs. */
export type Schedule = CronFields | { everyDays: number };

/** The values of the fields that decide on which days a schedule runs. */
export interface CronFields {
  days: Set<number>;
  months: Set<number>;
  weekdays: Set<number>;
  /** Whether days and weekdays must both match. Otherwise, one of them is enough. */
  needsBoth: boolean;
}

interface Field {
  from: number;
  to: number;
  /** Names of the values, from the first one. */
  names?: string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** Minute, hour, day of the month, month, day of the week. */
const fields: Field[] = [
  { from: 0, to: 59 },
  { from: 0, to: 23 },
  { from: 1, to: 31 },
  { from: 1, to: 12, names: months },
  { from: 0, to: 6, names: weekdays },
];

const aliases: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

/**
 * Parses the schedule of a CronJob as Kubernetes does, with the rules of github.com/robfig/cron/v3 (ParseStandard): five
 * fields with lists, ranges, steps and names, an alias such as `@midnight`, or `@every` with a duration.
 *
 * @returns Undefined if Kubernetes would refuse it.
 */
export function parseSchedule(text: string): Schedule | undefined {
  const every = /^@every (.+)$/.exec(text);
  if (every) {
    const hours = durationHours(every[1]);
    return hours === undefined ? undefined : { everyDays: hours / 24 };
  }
  const parts = (aliases[text] ?? text).trim().split(/\s+/);
  const values = fields.map((field, index) => parseField(parts[index] ?? "", field));
  if (parts.length !== fields.length || values.some((value) => value === undefined)) {
    return undefined;
  }
  const [, , days, monthsOfYear, daysOfWeek] = values as Set<number>[];
  const isOpen = (part: string) => part.split(",").some((item) => /^[*?](\/0*1)?$/.test(item));
  return { days, months: monthsOfYear, weekdays: daysOfWeek, needsBoth: isOpen(parts[2]) || isOpen(parts[4]) };
}

/** The values of a field; undefined if it is not valid. */
function parseField(text: string, field: Field): Set<number> | undefined {
  const items = text.split(",").filter((item) => item !== "");
  const values = items.map((item) => parseItem(item, field));
  return items.length > 0 && values.every((value) => value !== undefined) ? new Set(values.flat()) : undefined;
}

/** The values of an item, such as `mon-fri`, `8-20/4` or `*` with a step. */
function parseItem(item: string, { from, to, names = [] }: Field): number[] | undefined {
  const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(item);
  if (!match) {
    return undefined;
  }
  const [, any, firstText, lastText, stepText] = match;
  const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : from + indexOf(names, text));
  const first = any ? from : number(firstText);
  const only = stepText === undefined ? first : to;
  const last = any ? to : lastText === undefined ? only : number(lastText);
  const step = Number(stepText ?? 1);
  if (!(from <= first && first <= last && last <= to && step > 0)) {
    return undefined;
  }
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

/** NaN for a text that is not a name. */
function indexOf(names: string[], text: string): number {
  const index = names.indexOf(text.toLowerCase());
  return index < 0 ? NaN : index;
}

const hoursOf: Record<string, number> = { h: 1, m: 1 / 60, s: 1 / 3600, ms: 1 / 3.6e6, us: 1 / 3.6e9, ns: 1 / 3.6e12 };

/** A duration of Go, such as `1h30m`, in hours; undefined if it is not valid. */
function durationHours(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+\.?\d*|\.\d+)(h|ms|us|µs|ns|m|s)/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join("") === text;
  return isWhole
    ? parts.reduce((sum, [, count, unit]) => sum + Number(count) * (hoursOf[unit] ?? hoursOf.us), 0)
    : undefined;
}
