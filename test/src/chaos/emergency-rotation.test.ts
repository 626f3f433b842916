import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { Keyward } from '../product/keyward.ts';
import { createOwnDatabase } from '../product/own-database.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import { holdStates } from './emergency/held-states.ts';
import { killCommandWhen } from './emergency/killed-command.ts';
import { claimTokenIn, type Mailbox, openMailbox } from './emergency/mailbox.ts';
import {
  insertManyKeys,
  newestRotation,
  nothingWrong,
  type Progress,
  whatIsWrong,
} from './emergency/rotation-rows.ts';
import { between, isFullForm, say, timeoutMs } from './rounds.ts';

// KEYWARD_CHAOS=full rotates 100,000 keys instead of 5,000.
const many = isFullForm ? { keys: 100_000, owners: 2_000 } : { keys: 5_000, owners: 250 };
const samples = 4;

let database: Awaited<ReturnType<typeof createOwnDatabase>>;
let pool: pg.Pool;
let mailbox: Mailbox;
let dataFolder: string;
let environment: Record<string, string>;
let keyward: Keyward;

beforeAll(async () => {
  database = await createOwnDatabase(inject('postgresUrl'));
  pool = new pg.Pool({ connectionString: database.url });
  mailbox = await openMailbox();
  dataFolder = await mkdtemp(join(tmpdir(), 'keyward-emergency-'));
  environment = {
    KEYWARD_DATA: dataFolder,
    DATABASE_URL: database.url,
    KEYWARD_SECRET: 'q3V9x2Lm8Rt5Wz1Yc7Bn4Kd6Hf0Jg/Ps+Ua=Ee',
    SMTP_URL: mailbox.url,
    PUBLIC_URL: 'https://keys.example.com',
    LOG_LEVEL: 'error',
  };
  keyward = await Keyward.create({ environment });
  await keyward.start();
}, timeoutMs);
afterAll(async () => {
  await keyward[Symbol.asyncDispose]();
  await mailbox[Symbol.asyncDispose]();
  await pool.end();
  await database.drop();
  await rm(dataFolder, { recursive: true, force: true });
});

const verify = async (key: string): Promise<number> =>
  (await keyward.fetch('/v1/auth/verify', { headers: { 'x-api-key': key } })).status;

const claim = (token: string): Promise<Response> =>
  keyward.fetch('/v1/keys/claims', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ claim: token }),
  });

/** People with one key each whose secret is known here. */
async function issueSamples(): Promise<IssuedKey[]> {
  const names = Array.from({ length: samples }, (_, n) => `sample-${n}`);
  return Promise.all(
    names.map(async (name) => {
      await createPerson(keyward, name);
      return issueKey(keyward, name, { service: 'metadata' });
    }),
  );
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs / 2;
  while (!(await isSo())) {
    if (performance.now() > deadlineMs) throw new Error(`in vain: ${what}`);
    await delay(50);
  }
}

/** Kills the command that works on the rotation, some time after it has come so far. */
async function killOnce(isFar: (now: Progress) => boolean, args: readonly string[]): Promise<void> {
  let reachedAtMs = Number.POSITIVE_INFINITY;
  const moreMs = between(0, 60);
  await killCommandWhen(environment, ['keys', 'emergency-rotate', ...args], async () => {
    const now = await newestRotation(pool);
    if (now !== undefined && isFar(now)) reachedAtMs = Math.min(reachedAtMs, performance.now());
    return performance.now() >= reachedAtMs + moreMs;
  });
  const then = await newestRotation(pool);
  say(
    `emergency: killed at ${then?.keys_replaced} of ${then?.keys_stopped} keys replaced, ${then?.owners_told} owners told`,
  );
}

const replaced = (percent: number) => (now: Progress) =>
  now.keys_replaced >= (percent / 100) * now.keys_stopped;

test(
  'K8: the command is killed again and again: every key has stopped, has one successor, and every owner is told once',
  async () => {
    const old = await issueSamples();
    await insertManyKeys(pool, many.keys, many.owners);
    expect(await Promise.all(old.map(({ key }) => verify(key)))).toEqual(old.map(() => 200));

    const startedAtMs = performance.now();
    // However far the command has come when it is to be killed, it has not ended; and the node, which carries on what it
    // finds every 15 s, has told nobody.
    const held = await holdStates(database.url, ['telling', 'done']);
    await killOnce(replaced(0), ['--all', '--reason', 'leaked', '--yes']);
    // The keys stopped before the first successor was made, on the node that knows them too.
    await until('stopped', async () =>
      (await Promise.all(old.map(({ key }) => verify(key)))).every((s) => s === 401),
    );
    // Without a node, nobody but the command carries on.
    await keyward.kill9();
    await held.letPass('telling');
    const id = (await newestRotation(pool))?.id ?? '';
    await killOnce(replaced(between(10, 35)), ['--resume', id]);
    await killOnce(replaced(between(45, 75)), ['--resume', id]);
    await killOnce((now) => now.owners_told > 0, ['--resume', id]);
    await held.end();
    await keyward.start();
    const report = await keyward.cli<{ keys: unknown[] }>(
      'keys',
      'emergency-rotate',
      '--resume',
      id,
      '--json',
    );
    const seconds = (performance.now() - startedAtMs) / 1000;

    const keys = many.keys + samples;
    const owners = many.owners + samples;
    expect(await newestRotation(pool)).toMatchObject({
      ...{ state: 'done', keys_stopped: keys, keys_replaced: keys, owners_told: owners },
    });
    expect(report.keys).toHaveLength(keys);
    expect(await whatIsWrong(pool, id)).toEqual(nothingWrong);
    await until('mails', () => mailbox.count() >= owners);
    expect(mailbox.mails.size).toBe(owners);
    expect([...mailbox.mails.values()].filter((mails) => mails.length > 1)).toEqual([]);
    say(`emergency: ${keys} keys of ${owners} owners, four kills and all, in ${seconds.toFixed(1)} s`);
  },
  timeoutMs,
);

test(
  'K8: a claim makes its secret once, whoever asks how often at the same time; the new key works',
  async () => {
    for (let n = 0; n < samples; n += 1) {
      const token = claimTokenIn(mailbox.mails.get(`sample-${n}@example.com`)?.[0] ?? '');
      const answers = await Promise.all([claim(token), claim(token), claim(token)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 410, 410]);
      const made = (await answers.find(({ status }) => status === 201)?.json()) as { key: string };
      expect(await verify(made.key)).toBe(200);
      expect((await claim(token)).status).toBe(410);
    }
  },
  timeoutMs,
);

test(
  'K8: a dry run stops nothing, and the command stops nothing where nobody can be asked',
  async () => {
    const command = ['keys', 'emergency-rotate', '--service', 'metadata'];
    expect(await keyward.cli(...command, '--dry-run')).toMatchObject({
      ...{ keys: samples, owners: samples },
      by_service: [{ service: 'metadata', environment: 'live', keys: samples }],
    });
    await expect(keyward.run(...command)).rejects.toMatchObject({ code: 2 });
    await expect(keyward.run('keys', 'emergency-rotate', '--yes')).rejects.toMatchObject({ code: 2 });
    expect(await keyward.cli(...command, '--dry-run')).toMatchObject({ keys: samples });
  },
  timeoutMs,
);

test(
  'K8: through the API the caller may stop its own key with all others, and a node does the rest by itself',
  async () => {
    await createPerson(keyward, 'root', 'super_admin');
    await createPerson(keyward, 'clerk', 'admin');
    const root = await issueKey(keyward, 'root', { service: 'control' });
    const clerk = await issueKey(keyward, 'clerk', { service: 'control' });
    const start = (key: string, body: object) =>
      keyward.fetch('/v1/control/keys/emergency-rotations', {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    expect((await start(clerk.key, { all: true, confirm: true })).status).toBe(403);
    expect((await start(root.key, { all: true })).status).toBe(422);
    expect((await start(root.key, { confirm: true })).status).toBe(422);
    expect((await start(root.key, { owner: 'nobody', confirm: true })).status).toBe(404);
    const nothing = await start(root.key, { service: 'nothing', confirm: true });
    expect([nothing.status, await nothing.json()]).toEqual([200, { id: null, keys_stopped: 0 }]);

    const graceful = await start(root.key, {
      owner: 'clerk@example.com',
      confirm: true,
      grace_seconds: 3600,
    });
    const { id } = (await graceful.json()) as { id: string };
    expect(graceful.status).toBe(202);
    const read = async (path: string) => {
      const answer = await keyward.fetch(`/v1/control/keys/emergency-rotations/${path}`, {
        headers: { 'x-api-key': root.key },
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
    };
    await until('done', async () => (await read(id)).body.state === 'done');
    expect(await read(id)).toMatchObject({
      status: 200,
      body: { keys_stopped: 1, owners_told: 1, grace_seconds: 3600 },
    });
    expect(await read(`${id}/keys?limit=1`)).toMatchObject({
      status: 200,
      body: { data: [{ id: clerk.id, why_no_successor: null, is_claimed: false }], next_cursor: null },
    });
    expect([(await read('none')).status, (await read('none/keys')).status]).toEqual([404, 404]);
    expect(await verify(clerk.key)).toBe(200);

    const whole = await start(root.key, { all: true, confirm: true, reason: 'compromised' });
    expect(whole.status).toBe(202);
    await until('own key', async () => (await verify(root.key)) === 401);
    await until('the other key', async () => (await verify(clerk.key)) === 401);
    await until('done', async () => (await newestRotation(pool))?.state === 'done');
  },
  timeoutMs,
);
