import { moneyText } from '../money.ts';
import { countedClasses } from '../token-classes.ts';
import { arrayText, type ElementType } from './array-text.ts';
import type { PreparedEvent } from './prepare-event.ts';

interface Column {
  readonly name: string;
  readonly type: ElementType;
  readonly value: (event: PreparedEvent) => string | number | boolean | Buffer | null;
}

const jsonText = (value: unknown) => (value === null ? null : JSON.stringify(value));

/** What of an event is its own. One array per column: a statement of a fixed text, whatever the number of events. */
export const eventColumns: readonly Column[] = [
  { name: 'id', type: 'uuid', value: (event) => event.id },
  { name: 'event_id', type: 'text', value: (event) => event.eventId },
  { name: 'content_hash', type: 'bytea', value: (event) => event.contentHash },
  { name: 'provider', type: 'text', value: (event) => event.provider },
  { name: 'model', type: 'text', value: (event) => event.model },
  { name: 'occurred_at', type: 'timestamptz', value: (event) => new Date(event.occurredAtMs).toISOString() },
  ...countedClasses.map(
    (name): Column => ({ name, type: 'bigint', value: (event: PreparedEvent) => event.counts[name] }),
  ),
  { name: 'total_tokens', type: 'bigint', value: (event) => event.totalTokens },
  { name: 'total_mismatch', type: 'boolean', value: (event) => event.totalMismatch },
  { name: 'cost', type: 'numeric', value: (event) => event.cost && moneyText(event.cost) },
  { name: 'price_id', type: 'uuid', value: (event) => event.priceId },
  { name: 'priced', type: 'text', value: (event) => event.priced },
  {
    name: 'reported_cost',
    type: 'numeric',
    value: (event) => event.reportedCost && moneyText(event.reportedCost),
  },
  { name: 'tags', type: 'jsonb', value: (event) => jsonText(event.tags) },
  { name: 'metadata', type: 'jsonb', value: (event) => jsonText(event.metadata) },
];

/** Events as the parameters of `eventColumns`. */
export function eventArrays(events: readonly PreparedEvent[]): string[] {
  return eventColumns.map(({ type, value }) => arrayText(type, events.map(value)));
}
