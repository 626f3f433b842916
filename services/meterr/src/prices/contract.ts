import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { modelName, providerName } from '../fields.ts';

const rates = z.record(z.string(), z.string()).describe('US dollars for one token (or one call)');

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
          data: z.array(
            z.object({
              id: z.uuid(),
              provider: z.string(),
              model: z.string(),
              valid_from: z.iso.datetime().nullable(),
              valid_to: z.iso.datetime().nullable(),
              daily_seconds: z
                .tuple([z.int(), z.int()])
                .nullable()
                .describe('Part of the UTC day it holds for'),
              source: z.string(),
              rates,
              tiers: z.array(z.object({ above_input_tokens: z.int(), rates })),
            }),
          ),
          next_cursor: z.null(),
        }),
      },
    },
    errors: [],
  }),
};
