import { eventValue } from './split-events.ts';
import { tellsUsage } from './tells-usage.ts';

/** The events without those for which `isOurs` says yes, byte for byte (latin1). */
export function withoutUsageEvents(events: readonly string[], isOurs: (value: unknown) => boolean): string {
  return events.filter((event) => !(tellsUsage(event) && isOurs(eventValue(event)))).join('');
}
