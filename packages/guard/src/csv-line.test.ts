import fc from 'fast-check';
import { expect, test } from 'vitest';
import { csvLine } from './csv-line.ts';

test('A6: cells are quoted where they must be', () => {
  expect(csvLine(['a', 1, null, 'x,y', 'say "hi"', ['p', 'q']])).toBe(
    'a,1,,"x,y","say ""hi""","[""p"",""q""]"\r\n',
  );
});

test('A6: no cell is a formula', () => {
  const formulas = [
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00A0=1',
    '\uFF1D1',
    '\uFF20SUM(A1)',
  ];
  for (const formula of formulas) expect(csvLine([formula])).toMatch(/^"?'/);
  expect(csvLine([-5])).toBe('-5\r\n');
});

test('A6: what is read back by RFC 4180 is what was written, but for the apostrophe', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (cells) => {
      const read = readLine(csvLine(cells));
      expect(read.map((cell, at) => (cell === cells[at] ? cell : cell.slice(1)))).toEqual(cells);
    }),
  );
});

/** The grammar of RFC 4180, for one record. */
function readLine(line: string): string[] {
  const cells: string[] = [];
  let at = 0;
  while (at < line.length) {
    const rest = line.slice(at);
    const quoted = /^"((?:[^"]|"")*)"(,|\r\n)/.exec(rest);
    const plain = /^([^",\r\n]*)(,|\r\n)/.exec(rest);
    const found = quoted ?? plain;
    if (found === null) throw new Error(`no record: ${rest}`);
    cells.push(quoted === null ? (found[1] ?? '') : (found[1] ?? '').replaceAll('""', '"'));
    at += found[0].length;
  }
  return cells;
}
