import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { siblingModule } from '@keyward/guard';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import { startPostgres } from './start-postgres.ts';

/** Each makes a cluster of its own. */
const slow = { timeout: 180_000 };

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

test('what was committed is there after kill -9 and a new start, on the same URL', slow, async () => {
  const server = await startPostgres();
  try {
    await query(server.url, 'CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)');
    await server.kill9();
    await expect(query(server.url, 'SELECT 1')).rejects.toThrow();
    await server.start();
    expect(await query(server.url, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  } finally {
    await server.stop();
  }
  await expect(query(server.url, 'SELECT 1')).rejects.toThrow();
});

test('a test run that is killed leaves neither server nor folder', slow, async () => {
  const child = spawn(process.execPath, [fileURLToPath(siblingModule(import.meta.url, './lost-run'))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const { pid, folder } = JSON.parse(line.toString()) as { pid: number; folder: string };
  expect(process.kill(pid, 0)).toBe(true);
  child.kill('SIGKILL');
  await vi.waitFor(
    () => {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      expect(existsSync(folder)).toBe(false);
    },
    { timeout: 60_000, interval: 100 },
  );
});
