import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/bcrypt';
import { reportToParent } from './report-to-parent.ts';
import { serverSettings } from './settings.ts';
import { createUsualApp } from './usual-app.ts';

// P4: the checklists' own way: keys as bcrypt hashes of cost 12, found by their first 16 characters.
const cost = 12;
const prefixCharacters = 16;
const settings = serverSettings();
const made = await Promise.all(
  Array.from({ length: 16 }, async (_, at) => {
    const text = `sk_${at.toString().padStart(2, '0')}_${randomBytes(24).toString('hex')}`;
    return { text, hash: await hash(text, { cost }) };
  }),
);
const byPrefix = new Map(
  made.map(({ text, hash: stored }, at) => [
    text.slice(0, prefixCharacters),
    { id: `key-${at}`, user_id: `user-${at}`, scopes: ['orders:write'], hash: stored },
  ]),
);

const app = await createUsualApp(settings, async (text) => {
  const key = byPrefix.get(text.slice(0, prefixCharacters));
  return key !== undefined && (await verify(text, key.hash)) ? key : undefined;
});
reportToParent({
  url: await app.listen({ host: '127.0.0.1', port: 0 }),
  keys: made.map(({ text }) => text),
});
