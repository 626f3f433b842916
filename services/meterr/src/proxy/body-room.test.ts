import { expect, test } from 'vitest';
import { BodyRoom } from './body-room.ts';

test('T6: bodies held at once are bounded in all and for each owner, and what is given back is free again', () => {
  const room = new BodyRoom({ bytesMax: 100, ownerBytesMax: 60 });
  expect(room.take('ann', 60)).toBe(true);
  expect(room.take('ann', 1)).toBe(false);
  expect(room.take('ben', 41)).toBe(false);
  expect(room.take('ben', 40)).toBe(true);
  expect(room.take('cid', 1)).toBe(false);
  room.giveBack('ann', 60);
  expect(room.take('cid', 60)).toBe(true);
  expect(room.take('ann', 1)).toBe(false);
});
