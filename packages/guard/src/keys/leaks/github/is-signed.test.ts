import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from 'vitest';
import { isSigned } from './is-signed.ts';

// An example report of GitHub with an invented token: the public key, the exact bytes, and their signature.
const githubKey = createPublicKey(`-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE9MJJHnMfn2+H4xL4YaPDA4RpJqUq
kCmRCBnYERxZanmcpzQSXs1X/AljlKkbJ8qpVIW4clayyef9gWhFbNHWAA==
-----END PUBLIC KEY-----
`);
const report = Buffer.from(
  '[{"type":"github_oauth_token","token":"cb4985f91f740272c0234202299f43808034d7f5","url":" https://github.com/github/faketestrepo/blob/b0dd59c0b500650cacd4551ca5989a6194001b10/production.env"}]',
);
const signature =
  'MEQCIAfgjgz6Ou/3DXMYZBervz1TKCHFsvwMcbuJhNZse622AiAG86/cku2XdcmFWNHl2WSJi2fkE8t+auvB24eURaOd2A==';

test("K12: GitHub's own example verifies", () => {
  expect(isSigned(report, signature, githubKey)).toBe(true);
});

test('K12: no byte of the report can be changed', () => {
  for (let at = 0; at < report.length; at += 1) {
    const changed = Buffer.from(report);
    changed[at] = (changed[at] as number) ^ 1;
    expect(isSigned(changed, signature, githubKey)).toBe(false);
  }
  expect(isSigned(Buffer.concat([report, Buffer.from(' ')]), signature, githubKey)).toBe(false);
});

test.each([
  '',
  'A',
  'no base64 at all!!',
  `${signature} `,
  signature.slice(0, -8),
  Buffer.from('not DER').toString('base64'),
  Buffer.alloc(64).toString('base64'),
])('K12: %j is no signature', (wrong) => {
  expect(isSigned(report, wrong, githubKey)).toBe(false);
});

test('K12: another key, another digest or the raw form of a signature do not verify', () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  expect(isSigned(report, sign('sha256', report, privateKey).toString('base64'), publicKey)).toBe(true);
  expect(isSigned(report, sign('sha256', report, privateKey).toString('base64'), githubKey)).toBe(false);
  expect(isSigned(report, sign('sha512', report, privateKey).toString('base64'), publicKey)).toBe(false);
  const raw = sign('sha256', report, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  expect(isSigned(report, raw.toString('base64'), publicKey)).toBe(false);
});
