import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { claimPage, claimPageHeaders } from './claim-page.ts';

const page = claimPage('https://keys.example.com');
const policy = claimPageHeaders['content-security-policy'];
const hashOf = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

test('H2: the claim page runs its own script and style by their hashes, and nothing else', () => {
  const inline = [...page.matchAll(/<(script|style)[^>]*>([\s\S]*?)<\/\1>/g)];
  expect(inline.map(([, name]) => name)).toEqual(['style', 'script']);
  for (const [, name, text = ''] of inline) expect(policy).toContain(`${name}-src ${hashOf(text)};`);
  expect(policy).toMatch(/^default-src 'none';/);
  expect(policy).not.toMatch(/unsafe|\*|data:|https?:/);
  expect(page).not.toMatch(/\s(on[a-z]+|src|href|style)=/);
});

test('K8: the script reads the token from the fragment only, takes it away, and writes names as text', () => {
  expect(page).toMatch(
    /token = location\.hash\.slice\(1\);\s*history\.replaceState\(null, '', location\.pathname\);/,
  );
  expect(page).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|location\.search/);
  expect(claimPageHeaders['referrer-policy']).toBe('no-referrer');
});

test('K8: without JavaScript the page says how to claim a key', () => {
  const fallback = /<noscript>([\s\S]*?)<\/noscript>/.exec(page)?.[1];
  expect(fallback).toContain('curl https://keys.example.com/v1/keys/claims --json');
});
