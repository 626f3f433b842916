import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../architecture/source-files.ts';
import { readStatus, statusPage } from './read-status.ts';

test('docs/status.md says what the tests show; "node test/src/status/write-status.ts" brings it up to date', () => {
  const rows = readStatus();
  expect(rows.length).toBeGreaterThan(20);
  expect(readFileSync(join(root, 'docs/status.md'), 'utf8')).toBe(statusPage(rows));
});
