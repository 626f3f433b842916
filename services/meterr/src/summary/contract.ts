import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { costAnswer, dateField, decimalsField } from '../fields.ts';
import { groupings, rangeQuery, splitField } from './read-range.ts';

export const tokenSum = z
  .union([z.int().min(0), z.string().max(40)])
  .describe('A number; decimal text where it passes 2^53 − 1');
export const eventCount = z.int().min(0);

const part = z.object({
  tokens: tokenSum,
  cost: costAnswer.describe('Null where no event of the part has a price'),
  events: eventCount,
  unpriced_events: eventCount,
});
const parts = z.record(z.string(), part);

export const periodSchema = z.object({
  start_date: dateField,
  end_date: dateField,
  group_by: z.enum(groupings),
  time_zone: z.string(),
});

/** Usage summed up (T3). */
export const summaryContract = {
  usageSummary: defineRoute({
    method: 'GET',
    path: '/v1/usage/summary',
    summary: 'Tokens and costs by day, week or month and by model; the last 30 days by default',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'usage.summary', objectType: 'usage_event' },
    request: {
      query: z.strictObject({
        ...rangeQuery,
        group_by: z.enum(groupings).default('day').describe('Weeks begin on Monday'),
        by: splitField,
        decimals: decimalsField,
      }),
    },
    responses: {
      200: {
        description: 'The sums; days without usage are left out',
        schema: z.object({
          period: periodSchema,
          total_tokens: tokenSum,
          total_cost: z.string().max(60).describe('Of the priced events'),
          total_events: eventCount,
          unpriced_events: eventCount,
          data: z.array(
            z.object({
              date: dateField.describe('The first day of the group'),
              tokens: tokenSum,
              cost: z.string().max(60),
              events: eventCount,
              unpriced_events: eventCount,
              by_model: parts.optional().describe('By what was asked for: the model, unless said otherwise'),
              by_provider: parts.optional(),
              by_key: parts.optional(),
              by_user: parts.optional(),
              by_tag: parts.optional().describe('By the value of the tag'),
              untagged: part.optional().describe('What is without the tag'),
            }),
          ),
        }),
      },
    },
    errors: ['invalid_request', 'not_found'],
  }),
};
