import { jsonSchema } from '@keyward/guard';
import { z } from 'zod';
import { idSchema, placeQuery } from '../document-schemas.ts';

/** Items of one batch (N1). */
export const batchItemsMax = 1_000;

const document = z.unknown().describe('A metadata document: a JSON object with any fields');
const ifMatch = z
  .string()
  .max(200)
  .optional()
  .describe('The CID that the document must have now, bare or as ETag; 412 when it has another');
/** Names a document by its id, or by where it stands; with an id, the place is where it is put. */
const reference = { id: idSchema.optional(), ...placeQuery, if_match: ifMatch };

export const newItem = z.strictObject({ ...placeQuery, document });
export const replacementItem = z.strictObject({ ...reference, document });
export const deletionItem = z.strictObject(reference);

export type ItemSchema = typeof newItem | typeof replacementItem | typeof deletionItem;

export interface BatchItem {
  readonly id?: string | undefined;
  readonly collection?: string | undefined;
  /** In decimal. */
  readonly token_id?: string | undefined;
  readonly if_match?: string | undefined;
  readonly document?: unknown;
}

/** A batch whose items are judged one by one, each with its own errors; OpenAPI shows what they are. */
export function batchBody(item: ItemSchema) {
  const any = z.unknown().meta(jsonSchema(item, 'input') as Record<string, unknown>);
  return z.strictObject({ items: z.array(any).min(1).max(batchItemsMax) });
}
