import { eventValue } from './split-events.ts';

/** The events without those for which `isOurs` says yes, byte for byte. */
export function withoutUsageEvents(events: readonly Buffer[], isOurs: (value: unknown) => boolean): Buffer {
  const passed = events.filter((event) => !(event.includes('"usage"') && isOurs(eventValue(event))));
  return passed.length === 1 ? (passed[0] as Buffer) : Buffer.concat(passed);
}
