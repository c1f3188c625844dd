import { closest } from "fastest-levenshtein";
import { StackConfig } from "../../config/config.generated";
import { ConfigFault } from "../../config/configFault";

/** Whether a waiver keeps a guard rail from applying. */
export interface WaiverState {
  holds: boolean;
  /** Its last day, such as `2027-01-31`, which ends at midnight UTC; undefined if it has none. */
  until?: string;
}

/** The state of a rail's waiver; undefined if it has none. */
export function waiverOf({ waivers = {} }: StackConfig, rail: string, today: Date): WaiverState | undefined {
  // A date without quotes arrives with a time.
  const until = waivers[rail]?.until?.slice(0, 10);
  return waivers[rail] && { holds: until === undefined || today.toISOString().slice(0, 10) <= until, until };
}

/** Faults in the names and dates of the waivers. */
export function waiverFaults({ waivers = {} }: StackConfig, rails: string[]): ConfigFault[] {
  return Object.entries(waivers).flatMap(([name, { until }]) => [
    ...(rails.includes(name)
      ? []
      : [{ path: `waivers.${name}`, problem: `is not a guard rail; did you mean ${closest(name, rails)}?` }]),
    ...(until && Number.isNaN(Date.parse(until))
      ? [{ path: `waivers.${name}.until`, problem: `found "${until}", accepted: a date, such as 2027-01-31` }]
      : []),
  ]);
}

/** The waivers that hold, as warnings. Every preview and every deployment repeats them. */
export function waiverWarnings(config: StackConfig, today = new Date()): string[] {
  return Object.entries(config.waivers ?? {}).flatMap(([name, { reason }]) => {
    const { holds, until } = waiverOf(config, name, today)!;
    return holds ? [`The guard rail ${name} is waived${until ? ` until ${until}` : ""}: ${reason}`] : [];
  });
}
