import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyBed, type KeyBed } from '../rotation/testing/key-bed.ts';
import { claimLink, claimToken } from './claim-token.ts';
import { claimPlaceholder, fillClaimLinks } from './fill-claim-links.ts';
import { openClaim } from './open-claim.ts';

let bed: KeyBed;
let fill: ReturnType<typeof fillClaimLinks>;
const claims = new Map<string, string>();

beforeAll(async () => {
  bed = await createKeyBed();
  fill = fillClaimLinks(bed);
  for (const name of ['bob', 'eve']) {
    const userId = await bed.createOwner(name);
    const claim = await bed.database.orm.transaction((tx) => openClaim(tx, { userId }, bed.clock.now()));
    claims.set(name, claim.id);
  }
});
afterAll(() => bed[Symbol.asyncDispose]());

const link = (name: string) => claimLink(bed.publicUrl, claimToken(bed.keyring, claims.get(name) ?? ''));
const placeholder = (name: string) => claimPlaceholder(claims.get(name) ?? '');

test('K8: links are put in at delivery, each where its placeholder stands', async () => {
  const text = `a ${placeholder('bob')} b\n${placeholder('bob')}`;
  expect(await fill(text, 'bob@example.com')).toBe(`a ${link('bob')} b\n${link('bob')}`);
  expect(await fill('nothing to fill', 'bob@example.com')).toBe('nothing to fill');
});

test('K8: a placeholder in the name of a key gives nobody the link of another person', async () => {
  const text = `Your key "${placeholder('bob')}" was rotated: ${placeholder('eve')}`;
  const filled = await fill(text, 'eve@example.com');
  expect(filled).toContain(link('eve'));
  expect(filled).not.toContain(link('bob'));
  expect(filled).not.toContain(`kwc_${claims.get('bob')}`);
});

test.each(['{{claim:', '{{claim:}}', '{{', '}}', '$1', '$&', '{{claim:../../x}}', `{{claim:${randomUUID()}`])(
  'K8: %s in the name of a key breaks no link',
  async (name) => {
    const filled = await fill(`${name}\n${placeholder('bob')}\n${name}`, 'bob@example.com');
    expect(filled).toBe(`${name}\n${link('bob')}\n${name}`);
  },
);
