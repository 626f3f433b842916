import { z } from 'zod';

// What every server of the comparison takes and answers; only what stands around it differs.

export const orderPath = '/v1/orders';

/** 76 bytes. */
export const orderBody = '{"item":"a lamp with a brass foot","count":3,"note":"ring at the back door"}';

export const orderSchema = z.strictObject({
  item: z.string().min(1).max(50),
  count: z.int().min(1).max(99),
  note: z.string().max(200),
});

export function placeOrder(order: z.output<typeof orderSchema>) {
  return { id: 'order-1', item: order.item, count: order.count, status: 'placed' };
}
