import { defineRoute } from '@keyward/guard';
import { z } from 'zod';
import { costAnswer, dateField, decimalsField } from '../fields.ts';
import { eventCount, periodSchema, tokenSum } from '../summary/contract.ts';
import { groupings, rangeQuery } from '../summary/read-range.ts';
import { splits } from '../summary/read-rollups.ts';

const money = z.string().max(60);

/** What it comes to (T3). */
export const costsContract = {
  costs: defineRoute({
    method: 'GET',
    path: '/v1/costs',
    summary: 'Costs by provider, model, key, user, tag, day, week or month, dearest first',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'costs.read', objectType: 'usage_event' },
    request: {
      query: z.strictObject({
        ...rangeQuery,
        group_by: z.enum([...splits, ...groupings]).default('provider'),
        decimals: decimalsField,
      }),
    },
    responses: {
      200: {
        description: 'The costs of the range',
        schema: z.object({
          period: periodSchema,
          total_cost: money.describe('Of the priced events'),
          unpriced_events: eventCount,
          data: z.array(
            z.object({
              group: z.string().nullable().describe('The provider, model …; null: without the tag'),
              cost: costAnswer,
              tokens: tokenSum,
              events: eventCount,
              unpriced_events: eventCount,
            }),
          ),
        }),
      },
    },
    errors: ['invalid_request', 'not_found'],
  }),
  forecastCosts: defineRoute({
    method: 'GET',
    path: '/v1/costs/forecast',
    summary: 'What this month (UTC) will come to, if days go on as the last 28 did',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'costs.forecast', objectType: 'usage_event' },
    request: { query: z.strictObject({ decimals: decimalsField }) },
    responses: {
      200: {
        description: 'The forecast; null while fewer than three whole days are known',
        schema: z.object({
          month: z.string().max(7),
          cost_to_date: money,
          forecast: money.nullable(),
          low: money.nullable().describe('At the pace of the cheapest whole week of the basis'),
          high: money.nullable().describe('At the pace of the dearest whole week of the basis'),
          basis: z.object({
            method: z.literal('mean_of_days'),
            start_date: dateField.nullable(),
            end_date: dateField.nullable(),
            days: z.int().min(0),
            mean_per_day: money.nullable(),
          }),
          unpriced_events: eventCount.describe('Of this month: they are in none of the figures'),
        }),
      },
    },
    errors: [],
  }),
};
