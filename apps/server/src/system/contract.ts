import { defineRoute } from '@keyward/guard';
import { z } from 'zod';

const anybody = { kind: 'anybody' } as const;

const readySchema = z.object({
  status: z.enum(['ready', 'not_ready']),
  checks: z.record(
    z.string().max(50),
    z.enum(['ok', 'away', 'refused', 'local', 'stale', 'short', 'stopping']),
  ),
});

export const systemContract = {
  health: defineRoute({
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    access: anybody,
    limit: 'none',
    audit: { unrecorded: 'asked every few seconds by load balancers' },
    request: {},
    responses: { 200: { description: 'It does.', schema: z.object({ status: z.literal('ok') }) } },
    errors: [],
  }),
  ready: defineRoute({
    method: 'GET',
    path: '/readyz',
    summary: 'Whether requests should be sent here',
    access: anybody,
    limit: 'none',
    audit: { unrecorded: 'asked every few seconds by load balancers' },
    request: {},
    responses: {
      200: { description: 'They should.', schema: readySchema },
      503: { description: 'Not now.', schema: readySchema },
    },
    errors: [],
  }),
  openApi: defineRoute({
    method: 'GET',
    path: '/openapi.json',
    summary: 'This API as an OpenAPI 3.1 document',
    access: { kind: 'public' },
    limit: 'none',
    audit: { action: 'docs.read' },
    request: {},
    responses: { 200: { description: 'The document.', schema: z.looseObject({}) } },
    errors: [],
  }),
  docs: defineRoute({
    method: 'GET',
    path: '/docs',
    summary: 'This API as a page to read',
    access: anybody,
    limit: 'none',
    audit: { action: 'docs.read' },
    request: {},
    responses: { 200: { description: 'The page.', contentType: 'text/html' } },
    errors: [],
  }),
  claimPage: defineRoute({
    method: 'GET',
    path: '/claim',
    summary: 'The page on which the owner of rotated keys has the new ones made',
    access: anybody,
    limit: 'none',
    audit: { action: 'keys.claim_page' },
    request: {},
    responses: { 200: { description: 'The page.', contentType: 'text/html' } },
    errors: [],
  }),
  errors: defineRoute({
    method: 'GET',
    path: '/docs/errors',
    summary: 'Every error code and what to do about it',
    access: anybody,
    limit: 'none',
    audit: { action: 'docs.read' },
    request: {},
    responses: { 200: { description: 'The page.', contentType: 'text/html' } },
    errors: [],
  }),
};
