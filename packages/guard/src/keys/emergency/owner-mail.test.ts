import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { EmergencyRotation } from './emergency-status.ts';
import { ownerMail } from './owner-mail.ts';

const rotation: EmergencyRotation = {
  ...{ id: 'r', reason: 'leaked', selection: {}, graceMs: 0, state: 'telling' },
  ...{ keysStopped: 1, keysReplaced: 1, ownersTold: 0, startedBy: null },
  createdAt: new Date('2026-06-01T12:00:00Z'),
  finishedAt: null,
};
const claim = { id: '01a20253-f31b-7e0d-a145-d523e9fe97a4', expiresAt: new Date('2026-06-15T12:00:00Z') };
const own = `{{claim:${claim.id}}}`;

test('K8: the mail names the keys, says why, and holds one link for all', () => {
  const keys = { count: 52, listed: [{ name: 'ci', prefix: 'sk-meterr_live_abcd' }] };
  const { subject, text } = ownerMail(rotation, keys, claim);
  expect(subject).toBe('Your API keys were stopped');
  expect(text).toContain('52 API keys of yours were stopped on 2026-06-01 12:00 UTC');
  expect(text).toContain('- ci (sk-meterr_live_abcd…)\nand 51 more');
  expect(text).toContain('works until 2026-06-15 12:00 UTC');
  expect(text.split(own)).toHaveLength(2);
});

test('K8: whatever a key is named, the mail keeps its lines, its subject and its one placeholder', () => {
  const braces = fc.constantFrom('{', '}', '{{', '\r\n', '\u2028', own, 'claim:', 'Subject: x');
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.array(braces).map((parts) => parts.join('')),
  );
  const linesOf = (text: string): number => text.split(/[\r\n\u0085\u2028\u2029]/).length;
  const plain = ownerMail(rotation, { count: 1, listed: [{ name: 'x', prefix: 'y' }] }, claim);
  fc.assert(
    fc.property(name, name, (first, second) => {
      const mail = ownerMail(rotation, { count: 1, listed: [{ name: first, prefix: second }] }, claim);
      expect(mail.subject).toBe(plain.subject);
      expect(linesOf(mail.text)).toBe(linesOf(plain.text));
      expect(mail.text.match(/\{\{/g)).toHaveLength(1);
    }),
  );
});

test('K8: who gets no new key gets no link', () => {
  const { text } = ownerMail(rotation, { count: 1, listed: [{ name: 'ci', prefix: 'p' }] }, undefined);
  expect(text).not.toContain('{{');
  expect(text).toContain('keep the successors');
});
