import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase, query } from '../product/own-database.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { smallFileSystem } from './journal/small-file-system.ts';
import { patience, say, timeoutMs } from './rounds.ts';

// Room for the reserve of the journal (64 MiB) and as much as it wants to see free beside it.
const disk = await smallFileSystem(320);

interface Sent {
  readonly id: string;
  readonly status: number;
  readonly code: string | undefined;
  readonly retryAfter: string | null;
}

/** Sends documents and reads the list of them, and knows what was answered. */
class Client {
  readonly sent: Sent[] = [];
  readonly #keyward: Keyward;
  readonly #key: string;

  constructor(keyward: Keyward, key: string) {
    this.#keyward = keyward;
    this.#key = key;
  }

  change(): Promise<Sent> {
    const document = {
      name: `Ember ${this.sent.length}`,
      description: '',
      image: 'https://example.com/1.png',
    };
    return this.#send('POST', JSON.stringify(document));
  }

  read(): Promise<Sent> {
    return this.#send('GET');
  }

  async #send(method: string, body?: string): Promise<Sent> {
    const id = `disk-full-${this.sent.length}`;
    const headers = { 'x-api-key': this.#key, 'x-request-id': id, 'content-type': 'application/json' };
    const answer = await this.#keyward.fetch('/api/metadata', {
      method,
      headers,
      ...(body !== undefined && { body }),
    });
    const { code } = (await answer.json()) as { code?: string };
    const sent = { id, status: answer.status, code, retryAfter: answer.headers.get('retry-after') };
    this.sent.push(sent);
    return sent;
  }
}

const refused = { status: 503, code: 'audit_unavailable', retryAfter: '5' };

test.runIf(disk)(
  'A2, O6: on a full disk changes are refused before they are made, reads go on, the gap is recorded, and it recovers by itself',
  async () => {
    if (disk === undefined) return;
    await using resources = new AsyncDisposableStack();
    resources.use(disk);
    const database = await createOwnDatabase(inject('postgresUrl'));
    resources.defer(database.drop);
    const environment = {
      KEYWARD_DATA: join(disk.folder, 'data'),
      DATABASE_URL: database.url,
      LOG_LEVEL: 'error',
    };
    const keyward = resources.use(await Keyward.create({ environment }));
    await keyward.start();
    await createPerson(keyward, 'ada');
    const client = new Client(keyward, (await issueKey(keyward, 'ada')).key);
    expect(await client.change()).toMatchObject({ status: 201 });
    expect(await client.read()).toMatchObject({ status: 200 });

    await disk.fill();
    await expect.poll(() => client.change(), patience).toMatchObject(refused);
    expect(await journalState(keyward)).toBe('short');
    const documents = await countDocuments(database.url);
    for (let count = 0; count < 50; count++) {
      expect(await client.change()).toMatchObject(refused);
      expect(await client.read()).toMatchObject({ status: 200 });
    }
    expect(await countDocuments(database.url)).toBe(documents);
    // What has been shipped and removed meanwhile goes as well: what the start gives back of the reserve is too little
    // for a new one, whatever it removes.
    await expect.poll(() => segments(keyward), patience).toHaveLength(1);
    await disk.fill();
    // So far the reserve has taken every entry, also over a kill and a start on the full disk.
    await keyward.kill9();
    await keyward.start();
    expect(await missing(keyward, client)).toEqual([]);

    // What that start gave back of the reserve goes as well, and what it gives back later when it removes a segment
    // or tries for a new reserve: now there is nowhere to write.
    for (let count = 0; count < 50; count++) {
      await disk.fill();
      expect(await client.read()).toMatchObject({ status: 200 });
    }
    expect(await client.change()).toMatchObject(refused);

    await disk.makeRoom();
    await expect.poll(() => client.change(), patience).toMatchObject({ status: 201 });
    await expect.poll(() => journalState(keyward), patience).toBe('ok');
    await expect.poll(() => gaps(keyward), patience).toHaveLength(1);
    const unrecorded = await missing(keyward, client);
    const [gap] = await gaps(keyward);
    say(
      `disk full: ${client.sent.length} answered, ${unrecorded.length} not recorded, gap ${JSON.stringify(gap)}`,
    );
    expect(unrecorded.length).toBeGreaterThan(0);
    expect(gap).toMatchObject({ requests: unrecorded.length, changes: 0 });
    const changed = client.sent.filter(({ status }) => status === 201).length;
    expect(await countDocuments(database.url)).toBe(changed);
  },
  timeoutMs,
);

/** Files of the journal that are not shipped yet, or written to. */
async function segments({ dataFolder }: Keyward): Promise<string[]> {
  return (await readdir(join(dataFolder, 'journal'))).filter((name) => name.endsWith('.kwj'));
}

async function journalState(keyward: Keyward): Promise<string | undefined> {
  const answer = await keyward.fetch('/readyz');
  expect(answer.status).toBe(200);
  const { checks } = (await answer.json()) as { checks: Record<string, string> };
  return checks.journal;
}

async function countDocuments(url: string): Promise<number> {
  const [row] = await query<{ count: number }>(url, 'SELECT count(*)::int FROM metadata');
  return row?.count ?? 0;
}

interface Row {
  readonly client_request_id: string | null;
  readonly status: number;
  readonly action: string;
  readonly after: { requests: number; changes: number } | null;
}

async function log(keyward: Keyward): Promise<Row[]> {
  const { stdout } = await keyward.run('audit', 'export', '--format', 'jsonl');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}

async function gaps(keyward: Keyward): Promise<Row['after'][]> {
  const rows = await log(keyward);
  return rows.filter(({ action }) => action === 'audit.gap').map(({ after }) => after);
}

/** Answered requests that the log does not know; none may be there twice, or with another status. */
async function missing(keyward: Keyward, client: Client): Promise<string[]> {
  const rows = Map.groupBy(await log(keyward), ({ client_request_id }) => client_request_id);
  const wrong = client.sent.filter(({ id, status }) =>
    (rows.get(id) ?? [{ status }]).some((row) => row.status !== status),
  );
  const twice = client.sent.filter(({ id }) => (rows.get(id)?.length ?? 0) > 1);
  expect([wrong, twice]).toEqual([[], []]);
  return client.sent.filter(({ id }) => !rows.has(id)).map(({ id }) => id);
}
