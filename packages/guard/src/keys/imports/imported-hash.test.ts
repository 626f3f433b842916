import { hash, randomBytes } from 'node:crypto';
import { verify } from '@node-rs/bcrypt';
import { expect, test } from 'vitest';
import { readImportedHash } from './imported-hash.ts';

const bytes = hash('sha256', 'a key', 'buffer');
const stored = `sha256.${bytes.toString('base64url')}`;

test.each(['hex', 'base64', 'base64url'] as const)(
  'K13: SHA-256 in %s is known without being named',
  (form) => {
    expect(readImportedHash(bytes.toString(form))).toEqual({ algorithm: 'sha256', keyHash: stored });
  },
);

test('K13: bcrypt of each version and a cost from 4 to 14 is taken as it is', () => {
  const rest = 'DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkY8jIucDrjc8deX1s.a';
  for (const version of ['2a', '2b', '2y'])
    for (const cost of ['04', '14']) {
      const text = `$${version}$${cost}$${rest}`;
      expect(readImportedHash(text)).toEqual({ algorithm: 'bcrypt', keyHash: `${text.slice(0, -1)}a` });
    }
  for (const wrong of [
    `$2b$03$${rest}`,
    `$2b$15$${rest}`,
    `$2x$10$${rest}`,
    `$2b$10$${rest.slice(1)}`,
    `$5$10$${rest}`,
  ])
    expect(readImportedHash(wrong)).toHaveProperty('defect');
});

test('K13: a salt with bits that bcrypt ignores verifies as before', async () => {
  // Known answer: "U*U", with the last character of its salt as another library may have left it.
  const known = '$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
  const left = known.replace('C.E5', 'CME5');
  const read = readImportedHash(left);
  expect(await verify('U*U', 'keyHash' in read ? read.keyHash : '')).toBe(true);
});

test('K13: what is no hash, or one of another algorithm than named, is refused', () => {
  const md5 = randomBytes(16).toString('hex');
  for (const text of [
    '',
    md5,
    'password',
    `${bytes.toString('hex')}0`,
    'g'.repeat(64),
    `{SHA256}${bytes.toString('base64')}`,
  ])
    expect(readImportedHash(text)).toHaveProperty('defect');
  expect(readImportedHash(bytes.toString('hex'), 'bcrypt')).toHaveProperty('defect');
});
