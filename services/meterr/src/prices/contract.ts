import { defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { decimalsField, modelName, providerName } from '../fields.ts';
import { priceBody } from './price-body.ts';

const rates = z.record(z.string(), z.string()).describe('US dollars for one token (or one call)');

const price = z.object({
  id: z.uuid(),
  provider: z.string(),
  model: z.string(),
  valid_from: z.iso.datetime().nullable(),
  valid_to: z.iso.datetime().nullable(),
  daily_seconds: z.tuple([z.int(), z.int()]).nullable().describe('Part of the UTC day it holds for'),
  source: z.string(),
  rates,
  tiers: z.array(z.object({ above_input_tokens: z.int(), rates })),
});

const repricing = z.object({
  dry_run: z.boolean(),
  events: z.int().min(0).describe('That have a price now'),
  cost: z.string().max(60),
  still_unpriced: z.int().min(0),
  data: z.array(
    z.object({ provider: z.string(), model: z.string(), events: z.int().min(0), cost: z.string().max(60) }),
  ),
});

const operators = { kind: 'scopes', scopes: ['prices:write'], role: 'admin' } as const;

/** What models cost (T4). */
export const pricesContract = {
  listPrices: defineRoute({
    method: 'GET',
    path: '/v1/prices',
    summary: "A model's prices, those of today and those of the past, newest first",
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'prices.list', objectType: 'price' },
    request: { query: z.strictObject({ model: modelName, provider: providerName.optional() }) },
    responses: {
      200: {
        description: 'Empty where no price is known',
        schema: z.object({
          data: z.array(price),
          next_cursor: z.null(),
        }),
      },
    },
    errors: [],
  }),
  setPrice: defineRoute({
    method: 'POST',
    path: '/v1/prices',
    summary: "Set what a model costs, before the library's price; for operators",
    access: operators,
    limit: 'key',
    audit: { action: 'prices.set', objectType: 'price' },
    request: { body: jsonBody(priceBody) },
    responses: {
      201: {
        description: 'The price, and what it means for events that had none: they are priced within minutes',
        schema: price.extend({ repricing }),
      },
    },
    errors: ['invalid_request'],
  }),
  reprice: defineRoute({
    method: 'POST',
    path: '/v1/prices/reprice',
    summary: 'Price events that had no price when they were recorded; a dry run unless told otherwise',
    access: operators,
    limit: 'key',
    audit: { action: 'prices.reprice', objectType: 'usage_event' },
    request: {
      query: z.strictObject({ decimals: decimalsField }),
      body: jsonBody(z.strictObject({ dry_run: z.boolean().default(true) })),
    },
    responses: { 200: { description: 'What is, or would be, priced', schema: repricing } },
    errors: [],
  }),
  crossCheckPrices: defineRoute({
    method: 'GET',
    path: '/v1/prices/cross-check',
    summary: 'Rates of which a second source says something else; for operators',
    access: operators,
    limit: 'key',
    audit: { action: 'prices.cross_check', objectType: 'price' },
    request: {},
    responses: {
      200: {
        description: 'Nothing is changed by it',
        schema: z.object({
          source: z.string(),
          models: z.int().min(0).describe('That both know'),
          rates: z.int().min(0).describe('That both have'),
          data: z.array(
            z.object({
              provider: z.string(),
              model: z.string(),
              class: z.string(),
              above_input_tokens: z.int().min(0),
              ours: z.string(),
              theirs: z.string(),
            }),
          ),
          next_cursor: z.null(),
        }),
      },
    },
    errors: [],
  }),
};
