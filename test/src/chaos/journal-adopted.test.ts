import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { timeoutMs } from './rounds.ts';

interface Adopted {
  readonly node_id: string;
  readonly entries: number;
  readonly findings: readonly unknown[];
}

test(
  'A2: `keyward audit adopt` takes in what a node that never came back had not shipped, once; a live node is refused',
  async () => {
    await using resources = new AsyncDisposableStack();
    const database = await createOwnDatabase(inject('postgresUrl'));
    resources.defer(database.drop);
    const environment = {
      DATABASE_URL: database.url,
      KEYWARD_SECRET: 'the-nodes-of-this-test-share-one-secret-41',
      LOG_LEVEL: 'error',
    };
    const lost = resources.use(await Keyward.create({ environment }));
    await lost.start();
    await createPerson(lost, 'ada');
    const { key } = await issueKey(lost, 'ada');
    const other = resources.use(await Keyward.create({ environment }));
    const folder = join(lost.dataFolder, 'journal');
    const ids = Array.from({ length: 200 }, (_, index) => `adopted-${index}`);
    const ask = (id: string) =>
      lost.fetch('/api/metadata', { headers: { 'x-api-key': key, 'x-request-id': id } });
    for (const id of ids) expect((await ask(id)).status).toBe(200);
    await expect(other.run('audit', 'adopt', folder)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is in use by process'),
    });
    await lost.kill9();

    const { entries } = await other.cli<Adopted>('audit', 'adopt', folder, '--json');
    expect(entries).toBeLessThanOrEqual(ids.length);
    const again = await other.cli<Adopted>('audit', 'adopt', folder, '--json');
    expect(again).toMatchObject({ entries: 0, findings: [] });
    const { stdout } = await other.run('audit', 'export', '--format', 'jsonl');
    const logged = stdout
      .split('\n')
      .flatMap((line) => /"client_request_id":"(adopted-\d+)"/.exec(line)?.[1] ?? []);
    expect(logged.sort()).toEqual(ids.sort());
    await expect(other.run('audit', 'adopt', lost.dataFolder)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`it is in ${folder}`),
    });
  },
  timeoutMs,
);
