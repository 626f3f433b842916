import { batchBodyBytesMax, defineRoute, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import {
  costAnswer,
  cursorField,
  dateField,
  decimalsField,
  eventIdField,
  idParams,
  limitField,
  modelName,
  pricedAnswer,
  providerName,
  tokenCount,
} from '../fields.ts';
import { type CountedClass, countedClasses } from '../token-classes.ts';
import { batchBody, batchEventsMax, eventBody } from './event-body.ts';

const countsAnswer = Object.fromEntries(countedClasses.map((name) => [name, tokenCount])) as Record<
  CountedClass,
  typeof tokenCount
>;

const time = z.iso.datetime();
const textRecordAnswer = z.record(z.string(), z.string());

const eventAnswer = z.object({
  id: z.uuid(),
  event_id: z.string(),
  provider: z.string(),
  model: z.string(),
  timestamp: time,
  ...countsAnswer,
  total_tokens: tokenCount,
  total_mismatch: z.boolean().describe("The provider's own total differs from the sum of its parts"),
  cost: costAnswer,
  price_id: z.uuid().nullable(),
  priced: pricedAnswer,
  reported_cost: costAnswer,
  tags: textRecordAnswer,
  metadata: textRecordAnswer,
  created_at: time,
});

const recordedAnswer = eventAnswer.extend({ duplicate: z.boolean() });

const batchItem = z.object({
  index: z
    .int()
    .min(0)
    .max(batchEventsMax - 1),
  status: z.enum(['recorded', 'duplicate', 'conflict', 'invalid']),
  id: z.uuid().optional(),
  event_id: z.string().optional(),
  total_tokens: tokenCount.optional(),
  cost: costAnswer.optional(),
  price_id: z.uuid().nullable().optional(),
  priced: pricedAnswer.optional(),
  code: z.enum(['event_conflict', 'invalid_request']).optional(),
  errors: z.array(z.object({ pointer: z.string(), message: z.string() })).optional(),
});

const total = z.int().min(0).max(batchEventsMax);
const batchAnswer = z.object({
  recorded: total,
  duplicates: total,
  conflicts: total,
  invalid: total,
  data: z.array(batchItem),
});

const breakdownAnswer = z.object({
  id: z.uuid(),
  event_id: z.string(),
  provider: z.string(),
  model: z.string(),
  timestamp: time,
  priced: pricedAnswer,
  price_id: z.uuid().nullable(),
  price: z.object({ provider: z.string(), model: z.string(), source: z.string() }).optional(),
  lines: z.array(
    z.object({
      class: z.string(),
      count: tokenCount,
      rate: costAnswer.describe('US dollars for one; null: the price has none, and nothing is charged'),
      rate_of: z.string().nullable().describe('The class whose rate it is'),
      above_input_tokens: tokenCount.describe("The tier that the call's input put it into"),
      subtotal: z.string().max(60),
    }),
  ),
  cost: costAnswer,
  reported_cost: costAnswer,
  adds_up: z.boolean().describe('Whether the lines come to the stored cost'),
});

const decimalsQuery = z.strictObject({ decimals: decimalsField });

/** Recording what calls to models used, and reading it back (T3). */
export const usageContract = {
  recordUsage: defineRoute({
    method: 'POST',
    path: '/v1/usage',
    summary: 'Record one call to a model; the same event_id with the same content counts once',
    access: { kind: 'scopes', scopes: ['usage:write'] },
    limit: 'key',
    audit: { action: 'usage.record', objectType: 'usage_event' },
    request: { query: decimalsQuery, body: jsonBody(eventBody) },
    responses: {
      200: { description: 'It had been recorded before: what was stored then', schema: recordedAnswer },
      201: { description: 'Recorded', schema: recordedAnswer },
    },
    errors: ['event_conflict'],
  }),
  recordUsageBatch: defineRoute({
    method: 'POST',
    path: '/v1/usage/batch',
    summary: 'Record up to 1000 calls, each judged by itself',
    access: { kind: 'scopes', scopes: ['usage:write'] },
    limit: 'key',
    audit: { action: 'usage.record_batch', objectType: 'usage_event' },
    request: { query: decimalsQuery, body: jsonBody(batchBody, { bytesMax: batchBodyBytesMax }) },
    responses: {
      200: {
        description: 'Nothing was refused, and some or all had been recorded before',
        schema: batchAnswer,
      },
      201: { description: 'Every event was recorded', schema: batchAnswer },
      207: { description: 'Some events were refused; the others are recorded', schema: batchAnswer },
    },
    errors: [],
  }),
  listUsage: defineRoute({
    method: 'GET',
    path: '/v1/usage',
    summary: 'List recorded calls, newest first by when they happened',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'usage.list', objectType: 'usage_event' },
    request: {
      query: z.strictObject({
        start_date: dateField.optional(),
        end_date: dateField.optional(),
        provider: providerName.optional(),
        model: modelName.optional(),
        event_id: eventIdField.optional(),
        cursor: cursorField.optional(),
        limit: limitField,
        decimals: decimalsField,
      }),
    },
    responses: {
      200: {
        description: 'A page of calls',
        schema: z.object({ data: z.array(eventAnswer), next_cursor: z.string().nullable() }),
      },
    },
    errors: [],
  }),
  exportUsage: defineRoute({
    method: 'GET',
    path: '/v1/usage/export',
    summary: 'All recorded calls of a range, newest first, as CSV that no spreadsheet runs or as JSON lines',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'usage.export', objectType: 'usage_event' },
    request: {
      query: z.strictObject({
        format: z.enum(['csv', 'jsonl']).default('csv'),
        start_date: dateField.optional(),
        end_date: dateField.optional(),
        provider: providerName.optional(),
        model: modelName.optional(),
        decimals: decimalsField.default('all'),
      }),
    },
    responses: {
      200: { description: 'One line for each call', contentType: 'text/csv' },
    },
    errors: [],
  }),
  getCostBreakdown: defineRoute({
    method: 'GET',
    path: '/v1/usage/:id/cost-breakdown',
    summary: 'Why a recorded call costs what it does: class, count, rate, subtotal',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'usage.cost_breakdown', objectType: 'usage_event' },
    request: { params: idParams, query: z.strictObject({ decimals: decimalsField.default('all') }) },
    responses: { 200: { description: 'The lines of the cost', schema: breakdownAnswer } },
    errors: ['not_found'],
  }),
  getUsage: defineRoute({
    method: 'GET',
    path: '/v1/usage/:id',
    summary: 'Read one recorded call',
    access: { kind: 'scopes', scopes: ['usage:read'] },
    limit: 'key',
    audit: { action: 'usage.read', objectType: 'usage_event' },
    request: { params: idParams, query: decimalsQuery },
    responses: { 200: { description: 'The call', schema: eventAnswer } },
    errors: ['not_found'],
  }),
};
