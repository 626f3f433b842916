import { cursorSchema } from '@keyward/guard';
import { z } from 'zod';

/** Neither control characters nor overrides of text direction: a name looks like what it is (V3). */
const plain = /^[^\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]+$/u;

const name = (charactersMax: number) =>
  z.string().min(1).max(charactersMax).regex(plain, 'Control and direction characters are not allowed');

export const modelName = name(200).describe('A model as its provider names it');
export const providerName = name(64).describe('A provider, such as openai, anthropic or google');
export const eventIdField = name(200).describe('Yours; an event sent twice under one id counts once');

export const tagName = z.string().min(1).max(64);
export const teamIdField = z.string().min(1).max(64);

const recordEntriesMax = 50;
const tagsMax = 10;

/** A flat map of text to text. */
export const textRecord = z
  .record(z.string().min(1).max(64), z.string().max(1000))
  .refine((record) => Object.keys(record).length <= recordEntriesMax, `At most ${recordEntriesMax} entries`)
  .meta({ maxProperties: recordEntriesMax });

/** What usage is summed by besides the model: fewer, since each has sums of its own. */
export const tagsField = z
  .record(tagName, z.string().max(200))
  .refine((tags) => Object.keys(tags).length <= tagsMax, `At most ${tagsMax} tags`)
  .meta({ maxProperties: tagsMax });

export const tokenCount = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

/** Decimal text, US dollars; as large as a `numeric(38, 18)` column. */
export const dollarsText = z
  .string()
  .max(39)
  .regex(/^\d{1,20}(\.\d{1,18})?$/, 'Must be a decimal such as "0.0123", up to 18 decimals');

/** From 1970 to 2199: years that every part of the way to the database can write. */
export const dateField = z.iso
  .date()
  .max(10)
  .regex(/^(?:19[7-9]|2[01]\d)\d-/, 'Must be a day from 1970 to 2199');
export const decimalsField = z
  .enum(['six', 'all'])
  .default('six')
  .describe('Money with six decimals, rounded half up, or with all of them');
export const limitField = z.coerce.number().int().min(1).max(100).default(50);
/** Where a page ended; one that was made up could hold what the database cannot compare with. */
export const cursorField = cursorSchema.refine(
  ({ id, createdAt }) => isId(id) && createdAt.getTime() >= 0,
  'must be the next_cursor of an answer',
);
export type Position = z.output<typeof cursorField>;

/** Ids that are none of ours answer 404 like those of other owners, so their form is not judged here. */
export const idParams = z.strictObject({ id: z.string().min(1).max(64) });

/** In answers: money, or null where no price is known. */
export const costAnswer = z.string().max(60).nullable();
export const pricedAnswer = z.enum(['exact', 'estimated', 'unpriced']);

const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** Whether the text can be an id of ours. */
export function isId(text: string): boolean {
  return uuid.test(text);
}
