import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

test('A6: cells are quoted where they must be and no cell is a formula', () => {
  expect(csvLine(['a', 1, null, 'x,y', 'say "hi"', ['p', 'q']])).toBe(
    'a,1,,"x,y","say ""hi""","[""p"",""q""]"\r\n',
  );
  for (const formula of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) {
    expect(csvLine([formula])).toMatch(/^"?'/);
  }
  expect(csvLine([-5])).toBe('-5\r\n');
});
