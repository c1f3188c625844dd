import { parseSchedule } from "../config/schedule";

/**
 * The longest time between two runs of a cron schedule.
 *
 * @param schedule As Kubernetes accepts it.
 * @returns Days; 1 for a schedule that runs daily or more often, `Infinity` for one that runs less than once a year.
 */
export function longestGap(schedule: string): number {
  const parsed = parseSchedule(schedule);
  if (!parsed) {
    return Infinity;
  }
  if ("everyDays" in parsed) {
    return Math.max(1, Math.ceil(parsed.everyDays));
  }
  const { days, months, weekdays, needsBoth } = parsed;
  const runsOn = (date: Date) => {
    const [onDay, onWeekday] = [days.has(date.getUTCDate()), weekdays.has(date.getUTCDay())];
    return months.has(date.getUTCMonth() + 1) && (needsBoth ? onDay && onWeekday : onDay || onWeekday);
  };
  const runs = Array.from({ length: 2 * 366 }, (_, day) => day).filter((day) =>
    runsOn(new Date(Date.UTC(2024, 0, 1 + day))),
  );
  const gaps = runs.slice(1).map((day, index) => day - runs[index]);
  return gaps.length > 0 ? Math.max(...gaps) : Infinity;
}
