import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentDisposition } from './content-disposition.ts';

test.each([
  ['cat.png', `inline; filename="cat.png"; filename*=UTF-8''cat.png`],
  ['a "b".png', `inline; filename="a__b_.png"; filename*=UTF-8''a%20%22b%22.png`],
  ['mèo.png', `inline; filename="m_o.png"; filename*=UTF-8''m%C3%A8o.png`],
  ["it's (1)*!.gif", `inline; filename="it_s__1___.gif"; filename*=UTF-8''it%27s%20%281%29%2A%21.gif`],
  ['a\r\nset-cookie: x', `inline; filename="a__set-cookie__x"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x`],
])('U1: the name %j is only ever text in the header', (name, header) => {
  expect(contentDisposition(name)).toBe(header);
});

test('U1: no name can end its quotes or its line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (name) => {
      expect(contentDisposition(name.toWellFormed())).toMatch(
        /^inline; filename="[a-zA-Z0-9._-]*"; filename\*=UTF-8''[a-zA-Z0-9._~%-]*$/,
      );
    }),
  );
});
