import { expect, test } from 'vitest';
import { PlainHeaderSource } from './header-source.ts';

test('K14: plain headers are read as the standard has them: null for none, several of one name joined', () => {
  const plain = { 'x-api-key': 'a, b', 'x-empty': '', 'set-cookie': ['c=1', 'd=2'], 'x-none': undefined };
  const source = new PlainHeaderSource(plain);
  const names = ['x-api-key', 'x-empty', 'set-cookie', 'x-none', 'authorization', 'constructor', '__proto__'];
  expect(names.map((name) => source.get(name))).toEqual(['a, b', '', 'c=1, d=2', null, null, null, null]);
});
