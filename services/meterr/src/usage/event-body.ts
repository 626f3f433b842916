import { z } from 'zod';
import {
  dollarsText,
  eventIdField,
  modelName,
  providerName,
  tagsField,
  textRecord,
  tokenCount,
} from '../fields.ts';
import { type CountedClass, countedClasses } from '../token-classes.ts';

const countFields = Object.fromEntries(countedClasses.map((name) => [name, tokenCount.optional()])) as Record<
  CountedClass,
  z.ZodOptional<typeof tokenCount>
>;

/**
 * One call to a model. Either the disjoint counts or the provider's own `usage` object, not both.
 * Nothing is filled in or changed by parsing: an event is compared by what was sent (T3).
 */
export const eventBody = z.strictObject({
  event_id: eventIdField.optional(),
  provider: providerName.optional(),
  model: modelName,
  timestamp: z.iso
    .datetime({ offset: true })
    .max(40)
    .optional()
    .describe('When it happened; now if not said'),
  ...countFields,
  usage: z
    .record(z.string().max(100), z.unknown())
    .optional()
    .describe("The provider's usage object, as it came")
    .meta({ maxProperties: 100 }),
  reported_cost: dollarsText.optional().describe('What the client thinks it cost: kept, never charged'),
  tags: tagsField.optional(),
  metadata: textRecord.optional(),
});

export type EventBody = z.output<typeof eventBody>;

export const batchEventsMax = 1000;

/** Events are judged one by one, so that a wrong one does not hold up the others. */
const { $schema: _, ...eventSchema } = z.toJSONSchema(eventBody, { io: 'input' });
const anyEvent = z.unknown().meta(eventSchema as Record<string, unknown>);

export const batchBody = z.strictObject({ events: z.array(anyEvent).min(1).max(batchEventsMax) });
