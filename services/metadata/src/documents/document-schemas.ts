import { displayName, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { parseTokenId } from './token-id.ts';

const withoutNul = (text: string) => !text.includes('\0');

export const idSchema = z.string().min(1).max(64).refine(withoutNul, 'must not hold NUL');
export const searchSchema = z.string().min(1).max(200).refine(withoutNul, 'must not hold NUL');

export const tokenIdSchema = z
  .string()
  .min(1)
  .max(78)
  .transform((text, context) => {
    const id = parseTokenId(text);
    if (id !== undefined) return id;
    context.addIssue({
      code: 'custom',
      message: 'must be a token id: decimal, 0x and hex, or 64 hex digits',
    });
    return z.NEVER;
  })
  .describe('Decimal, `0x` and hex digits, or 64 hex digits; at most 2^256 − 1');

export const placeQuery = {
  collection: displayName().optional().describe('Name or id; a new name makes a draft collection'),
  token_id: tokenIdSchema.optional(),
};

/** The version of the API that the caller was written for: 1 is the only one (N1). */
const apiVersion = z
  .string()
  .max(16)
  .regex(/^v?1(\.0){0,2}$/, 'is not a version of this API; send v1')
  .optional();
export const versionHeaders = { 'x-api-version': apiVersion, 'accept-version': apiVersion };
export const ifMatchHeaders = z.object({ ...versionHeaders, 'if-match': z.string().max(1_000).optional() });
export const idempotencyHeaders = z.object({
  ...versionHeaders,
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces')
    .optional(),
});
export const ifNoneMatchHeaders = z.object({
  ...versionHeaders,
  'if-none-match': z.string().max(1_000).optional(),
});

/**
 * A body that is the customer's own document: any JSON within V2's limits, judged by the handler (N2).
 * A number that a double does not hold is content here, 422 with its pointer.
 */
export function documentBody(contentTypes: readonly string[] = ['application/json']) {
  const schema = z.unknown().describe('A metadata document: a JSON object with any fields');
  return { ...jsonBody(schema, { contentTypes }), beyondLimits: 'invalid_request' } as const;
}

const finding = z.object({
  pointer: z.string().max(2_000).describe('JSON Pointer (RFC 6901) into the document'),
  message: z.string().max(300),
  standard: z.string().max(20).optional(),
});
export const findingsSchema = z.array(finding).max(100);

export const tokenRangeSchema = z.object({
  collection_id: z.string().max(64),
  from_token_id: z.string().max(78),
  to_token_id: z.string().max(78).describe('Included'),
  event: z
    .enum(['MetadataUpdate(uint256)', 'BatchMetadataUpdate(uint256,uint256)'])
    .describe('What announces it (EIP-4906)'),
});

const standardNames = ['erc721', 'erc1155', 'erc7572', 'opensea', 'metaplex'] as const;
export const standardSchema = z.enum(standardNames);
export const documentSchema = z.looseObject({});

export const storedDocumentSchema = z.object({
  id: z.string().max(64),
  collection: z.string().max(100).nullable().describe("The collection's name"),
  token_id: z.string().max(78).nullable().describe('In decimal'),
  token_uri: z
    .string()
    .max(120)
    .nullable()
    .describe('Path of the token URI; 404 until the collection is published'),
  version: z.int().min(1).max(2_147_483_647),
  cid: z.string().max(100).describe('CIDv1 of the canonical JSON (RFC 8785), also the ETag'),
  frozen: z.boolean(),
  standards: z.array(standardSchema).max(standardNames.length),
  warnings: findingsSchema.optional(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  document: documentSchema,
});
