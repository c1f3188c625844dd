const aliases: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
};

/**
 * The longest time between two runs of a cron schedule.
 *
 * @param schedule As the config's schema accepts it: numbers, lists, ranges, and steps of `*`.
 * @returns Days; 1 for a schedule that runs daily or more often, `Infinity` for one that runs less than once a year.
 */
export function longestGap(schedule: string): number {
  const [, , days, months, weekdays] = (aliases[schedule] ?? schedule).split(" ");
  // Kubernetes runs a job on either of the two, unless one is *: https://pkg.go.dev/github.com/robfig/cron/v3.
  const both = days === "*" || weekdays === "*";
  const runsOn = (date: Date) => {
    const [onDay, onWeekday] = [matches(days, date.getUTCDate(), 1), matches(weekdays, date.getUTCDay(), 0)];
    return matches(months, date.getUTCMonth() + 1, 1) && (both ? onDay && onWeekday : onDay || onWeekday);
  };
  const runs = Array.from({ length: 2 * 366 }, (_, day) => day).filter((day) =>
    runsOn(new Date(Date.UTC(2024, 0, 1 + day))),
  );
  const gaps = runs.slice(1).map((day, index) => day - runs[index]);
  return gaps.length > 0 ? Math.max(...gaps) : Infinity;
}

function matches(field: string, value: number, first: number): boolean {
  return field.split(",").some((part) => {
    const [range, step] = part.split("/");
    if (range === "*") {
      return (value - first) % Number(step ?? 1) === 0;
    }
    const [from, to = from] = range.split("-").map(Number);
    return from <= value && value <= to;
  });
}
