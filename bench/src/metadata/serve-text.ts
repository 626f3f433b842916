import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { reportToParent } from '../http/report-to-parent.ts';
import { tokenDocument } from './tokens.ts';

// The floor: an answer of the same text with the same headers, and nothing looked up or recorded.
const app = new Hono();
const text = JSON.stringify(tokenDocument(1));
app.get('/t/:collection/:token_id', (context) =>
  context.body(text, 200, {
    'content-type': 'application/json',
    'cache-control': 'public, max-age=60',
    etag: '"bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e"',
  }),
);

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
  reportToParent({ url: `http://127.0.0.1:${port}` }),
);
