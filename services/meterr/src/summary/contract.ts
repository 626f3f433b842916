import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { costAnswer, dateField, decimalsField, modelName, providerName } from '../fields.ts';

const tokenSum = z
  .union([z.int().min(0), z.string().max(40)])
  .describe('A number; decimal text where it passes 2^53 − 1');
const eventCount = z.int().min(0);

const part = z.object({
  tokens: tokenSum,
  cost: costAnswer.describe('Null where no event of the model has a price'),
  events: eventCount,
  unpriced_events: eventCount,
});

export const groupings = ['day', 'week', 'month'] as const;

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
        start_date: dateField.optional().describe('The first day; 29 days before end_date if not said'),
        end_date: dateField.optional().describe('The last day, included; today if not said'),
        group_by: z.enum(groupings).default('day').describe('Weeks begin on Monday'),
        time_zone: z.string().min(1).max(64).default('UTC').describe('An IANA name, such as Europe/Berlin'),
        provider: providerName.optional(),
        model: modelName.optional(),
        decimals: decimalsField,
      }),
    },
    responses: {
      200: {
        description: 'The sums; days without usage are left out',
        schema: z.object({
          period: z.object({
            start_date: dateField,
            end_date: dateField,
            group_by: z.enum(groupings),
            time_zone: z.string(),
          }),
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
              by_model: z.record(z.string(), part),
            }),
          ),
        }),
      },
    },
    errors: ['invalid_request'],
  }),
};
