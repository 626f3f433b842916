import { DrizzleQueryError } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { createLog } from './log.ts';

function logged(write: (log: ReturnType<typeof createLog>) => void): string {
  let lines = '';
  write(
    createLog('info', (line) => {
      lines += line;
    }),
  );
  return lines;
}

test('D5: keys, addresses and passwords are masked wherever they stand in a line', () => {
  const key = 'sk-meterr_live_abcdefghijklmnopqrstuvwxyz012345';
  const line = logged((log) =>
    log.warn({ url: 'postgres://u:hunter2@h/d', nested: { list: [key] } }, 'for alice@example.com'),
  );
  expect(JSON.parse(line)).toMatchObject({
    msg: 'for al***@example.com',
    nested: { list: ['sk-met...2345'] },
  });
  expect(line).not.toMatch(/hunter2|alice|abcdefgh/);
});

test('D5: an error of the database shows its query and cause, not the values that callers sent', () => {
  const error = new DrizzleQueryError(
    'insert into t values ($1)',
    ['a private document'],
    new Error('disk full'),
  );
  const line = logged((log) => log.error({ err: error }, 'a request failed'));
  expect(line).toContain('insert into t');
  expect(line).toContain('disk full');
  expect(line).not.toContain('private');
});
