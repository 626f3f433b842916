import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeLink } from './judge-link.ts';

const severity = (link: string, image = false) => judgeLink(link, { image })?.severity ?? 'fine';

describe('V3: links', () => {
  test.each([
    'https://example.com/a.png?b=c@d#e@f',
    'HTTPS://EXAMPLE.COM',
    'ipfs://bafy/1.png',
    'ipfs://ipfs/Qm/{id}.json',
    'ar://abc',
    ' https://example.com ',
    '',
  ])('%s may stand anywhere', (link) => {
    expect(severity(link)).toBe('fine');
  });

  test.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    ' \u0001javascript:alert(1)',
    'java\nscript:alert(1)',
    '\tj\ta\tv\tascript:x',
    'data:text/html,<script>',
    'data:text/html;base64,AAAA',
    'vbscript:x',
    'file:///etc/passwd',
    'ftp://example.com',
    'blob:https://example.com/x',
    'C:\\x',
    'https://user@example.com',
    'https://a:b@example.com',
    'https:user@example.com',
    'https:\\\\user@example.com',
    'ht\ntps://user@example.com',
    'http://a:b@c',
    'ipfs://a@b',
    '//user:pw@example.com',
    '\\\\user@example.com',
  ])('%s may stand nowhere', (link) => {
    expect(severity(link)).toBe('error');
    expect(severity(link, true)).toBe('error');
  });

  test.each(['data:image/png;base64,AAAA', 'data:image/svg+xml;utf8,<svg a="b@c"/>', 'DATA:image/gif,x'])(
    '%s may stand only where images go',
    (link) => {
      expect(severity(link, true)).toBe('fine');
      expect(severity(link)).toBe('error');
    },
  );

  test.each(['http://example.com', '0.png', '/a/b', 'QmHash', '//example.com/x', 'a@b'])(
    '%s is doubtful, not refused',
    (link) => {
      expect(severity(link, true)).toBe('warning');
    },
  );

  test('whatever a browser would run, or would send credentials with, is refused', () => {
    const parts = fc.constantFrom(
      ...[
        'javascript',
        'https',
        'data',
        'http',
        ':',
        '/',
        '\\',
        '@',
        '?',
        '#',
        ' ',
        '\t',
        '\n',
        '\u0001',
        'a',
        '.b',
      ],
      ...['text/html,x', 'image/png,x', 'JAVA', 'SCRIPT'],
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), fc.boolean(), (pieces, image) => {
        const link = pieces.join('');
        const url = URL.parse(link, 'https://base.example/');
        if (url === null || severity(link, image) === 'error') return;
        expect(['https:', 'http:', ...(image ? ['data:'] : [])]).toContain(url.protocol);
        expect(url.username + url.password).toBe('');
      }),
      { numRuns: 3_000 },
    );
  });

  test('a megabyte of white space costs no more than it weighs', () => {
    expect(severity(`${' '.repeat(1_000_000)}x${' '.repeat(1_000_000)}`)).toBe('warning');
  });
});
