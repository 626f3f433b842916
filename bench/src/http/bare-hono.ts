import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { orderPath, orderSchema, placeOrder } from './order.ts';
import { reportToParent } from './report-to-parent.ts';

// The floor: the handler with Zod and nothing around it.
const app = new Hono();
app.post(orderPath, async (context) => {
  const order = orderSchema.safeParse(await context.req.json());
  return order.success
    ? context.json(placeOrder(order.data))
    : context.json({ error: order.error.issues }, 422);
});

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }: AddressInfo) =>
  reportToParent({ url: `http://127.0.0.1:${port}` }),
);
