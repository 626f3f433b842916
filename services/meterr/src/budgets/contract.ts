import { defineRoute, displayName, jsonBody } from '@keyward/guard';
import { z } from 'zod';
import { budgetPeriods, budgetSubjects } from '../database/budget-tables.ts';
import {
  costAnswer,
  cursorField,
  decimalsField,
  dollarsText,
  idParams,
  limitField,
  tagName,
} from '../fields.ts';

const money = z.string().max(60);

const subject = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('user') }),
  z.strictObject({ kind: z.literal('key'), id: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('team'), id: z.string().min(1).max(64) }),
  z.strictObject({ kind: z.literal('tag'), name: tagName, value: z.string().max(200) }),
]);

const limit = dollarsText.refine((text) => /[1-9]/.test(text), 'Must be more than 0');
const webhookUrl = z
  .url({ protocol: /^https$/ })
  .max(2000)
  .nullable()
  .describe('Where alerts go besides the mail; Standard Webhooks');

export const newBudget = z.strictObject({
  name: displayName(),
  subject: subject.describe(
    'The caller, a key of the caller, a team that the caller leads, or a tag of own events',
  ),
  period: z.enum(budgetPeriods).default('month').describe('Of UTC'),
  limit: limit.describe('US dollars'),
  hard: z.boolean().default(false).describe('Calls through the proxy that do not fit are refused'),
  webhook_url: webhookUrl.default(null),
});

const changes = z.strictObject({
  name: displayName().optional(),
  limit: limit.optional(),
  hard: z.boolean().optional(),
  webhook_url: webhookUrl.optional(),
});

const budgetAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  subject: z.object({
    kind: z.enum(budgetSubjects),
    id: z.string().optional(),
    name: z.string().optional(),
    value: z.string().optional(),
  }),
  period: z.enum(budgetPeriods),
  hard: z.boolean(),
  limit: money,
  current: z.object({
    start_date: z.iso.date(),
    end_date: z.iso.date().nullable().describe('The first day after it; null: no end'),
    spent: money,
    held: money.describe('Reserved by calls that are under way'),
    remaining: money.describe('What a call can still hold'),
    exceeded_by: money.describe('Spent beyond the limit: what has happened is booked'),
    overdraw: money.describe('What calls cost beyond what was held for them'),
    percent: z.enum(['0', '50', '80', '100']).describe('The highest of these shares that has been reached'),
    forecast: costAnswer.describe(
      'At this pace to the end; null before a quarter of the period, and without an end',
    ),
  }),
  webhook_url: z.string().nullable(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});

const read = { kind: 'scopes', scopes: ['usage:read'] } as const;
const write = { kind: 'scopes', scopes: ['budgets:write'] } as const;
const audit = (action: string) => ({ action, objectType: 'budget' }) as const;
const query = z.strictObject({ decimals: decimalsField });

/** What may be spent (T5). */
export const budgetsContract = {
  createBudget: defineRoute({
    method: 'POST',
    path: '/v1/budgets',
    summary: 'Set a budget; what the running period has come to already counts',
    access: write,
    limit: 'key',
    audit: audit('budgets.create'),
    request: { query, body: jsonBody(newBudget) },
    responses: { 201: { description: 'The budget', schema: budgetAnswer } },
    errors: ['not_found', 'conflict'],
  }),
  listBudgets: defineRoute({
    method: 'GET',
    path: '/v1/budgets',
    summary: 'Budgets of the caller and of teams that the caller leads, newest first',
    access: read,
    limit: 'key',
    audit: audit('budgets.list'),
    request: {
      query: z.strictObject({ cursor: cursorField.optional(), limit: limitField, decimals: decimalsField }),
    },
    responses: {
      200: {
        description: 'A page of budgets',
        schema: z.object({ data: z.array(budgetAnswer), next_cursor: z.string().nullable() }),
      },
    },
    errors: [],
  }),
  getBudget: defineRoute({
    method: 'GET',
    path: '/v1/budgets/:id',
    summary: 'A budget and what its running period has come to',
    access: read,
    limit: 'key',
    audit: audit('budgets.read'),
    request: { params: idParams, query },
    responses: { 200: { description: 'The budget', schema: budgetAnswer } },
    errors: ['not_found'],
  }),
  changeBudget: defineRoute({
    method: 'PATCH',
    path: '/v1/budgets/:id',
    summary: 'Change a budget; subject and period stay',
    access: write,
    limit: 'key',
    audit: audit('budgets.change'),
    request: { params: idParams, query, body: jsonBody(changes) },
    responses: { 200: { description: 'The budget', schema: budgetAnswer } },
    errors: ['not_found'],
  }),
  removeBudget: defineRoute({
    method: 'DELETE',
    path: '/v1/budgets/:id',
    summary: 'Remove a budget',
    access: write,
    limit: 'key',
    audit: audit('budgets.remove'),
    request: { params: idParams },
    responses: { 204: { description: 'Removed' } },
    errors: ['not_found'],
  }),
};
