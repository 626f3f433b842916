import { displayName } from '@keyward/guard';
import { z } from 'zod';

export const collectionParams = z.strictObject({ id: displayName().describe('Id or name') });

/** A number of documents in one collection, as answers have it. */
export const documentCount = z.int().min(0).max(2_147_483_647);

export const collectionSchema = z.object({
  id: z.string().max(64),
  name: z.string().max(100),
  published: z.boolean(),
  published_at: z.iso.datetime().nullable(),
  frozen: z.boolean().describe('Nothing is added to it, and none of its documents changes, any more'),
  frozen_at: z.iso.datetime().nullable(),
  token_uri: z.string().max(120).describe('Path of its token URIs, with `{token_id}` for the id'),
  token_uri_erc1155: z.string().max(120).describe('The same with `{id}`, as ERC-1155 has it'),
  contract_uri: z.string().max(120).describe("Path of the contract's metadata (ERC-7572)"),
  placeholder_cid: z.string().max(100).nullable().describe('Of what token URIs answer until it is published'),
  contract_id: z.string().max(64).nullable().describe("The document that is the contract's metadata"),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  deleted_at: z.iso.datetime().nullable(),
  recoverable_until: z.iso.datetime().nullable(),
});
