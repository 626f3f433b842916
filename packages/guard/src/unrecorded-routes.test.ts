import { expect, test } from 'vitest';
import { shopService } from './testing/shop-service.ts';
import { unrecordedRoutes } from './unrecorded-routes.ts';

test('A1: the routes that are not recorded are a list with the reason of each', () => {
  expect(unrecordedRoutes([shopService])).toEqual([
    { service: 'shop', method: 'GET', path: expect.any(String), reason: 'asked all the time' },
  ]);
});
