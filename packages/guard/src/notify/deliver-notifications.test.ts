import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { SMTPServer } from 'smtp-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type FakeClock, fakeClock } from '../testing/fake-clock.ts';
import { portToReturnTo } from '../testing/port-to-return-to.ts';
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts';
import { deliverNotifications } from './deliver-notifications.ts';
import type { DeliveryOptions } from './delivery.ts';
import { outboxStatus } from './outbox-status.ts';
import { queueNotification } from './queue-notification.ts';
import { signWebhook } from './sign-webhook.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const hour = 3_600_000;

let database: TestDatabase;
let clock: FakeClock;
let logged: string[];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query('TRUNCATE notifications');
  // What a test queues is due, however long it takes until then.
  clock = fakeClock(Date.now() + hour / 2);
  logged = [];
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(async () => {
  await database[Symbol.asyncDispose]();
});

/** One pass of the deliverer. */
async function pass(options: Partial<DeliveryOptions>): Promise<void> {
  const log = pino({}, { write: (line: string) => logged.push(line) });
  const all = { webhookSecrets: async () => [secret], privateAddressesAllowed: true, ...options };
  await deliverNotifications(database, all).run(undefined, {
    clock,
    log,
    signal: new AbortController().signal,
  });
}

interface MailServer {
  readonly url: string;
  readonly mails: { to: string[]; data: string }[];
}

async function mailServer(port?: number): Promise<MailServer> {
  const mails: MailServer['mails'] = [];
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth({ password }, _session, callback) {
      if (password === 'hidden-password') callback(null, { user: 'user' });
      else callback(new Error('wrong password'));
    },
    async onData(stream, session, callback) {
      const data = await text(stream);
      mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), data });
      callback();
    },
  });
  const listening = server.listen(port ?? 0, '127.0.0.1');
  await once(listening, 'listening');
  closing.push(() => new Promise<void>((resolve) => server.close(resolve)));
  return { url: `smtp://user:hidden-password@127.0.0.1:${(listening.address() as AddressInfo).port}`, mails };
}

interface Receiver {
  readonly url: string;
  readonly calls: { headers: IncomingHttpHeaders; body: string }[];
}

async function receiver(...answers: { status: number; location?: string }[]): Promise<Receiver> {
  const calls: Receiver['calls'] = [];
  const server: Server = createServer(async (request, response) => {
    calls.push({ headers: request.headers, body: await text(request) });
    const { status, location } = answers.shift() ?? { status: 204 };
    response.writeHead(status, location === undefined ? {} : { location }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(async () => server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret-in-url`,
    calls,
  };
}

const from = 'Keyward <keyward@example.com>';
const mail = {
  kind: 'email',
  to: 'alice.longname@example.org',
  subject: 'Ünlocked',
  text: 'plain',
  html: '<b>rich</b>',
} as const;

async function states(): Promise<string[]> {
  const { rows } = await database.pool.query<{ state: string }>(
    'SELECT state FROM notifications ORDER BY created_at',
  );
  return rows.map((row) => row.state);
}

describe('deliverNotifications', () => {
  test('M4: an e-mail is delivered once for its dedupe key, and its content is erased', async () => {
    const server = await mailServer();
    const queue = () => queueNotification(database.orm, { ...mail, dedupeKey: 'alert-1' });
    expect([await queue(), await queue()]).toEqual([true, false]);
    for (let n = 0; n < 2; n++) await pass({ smtp: { url: server.url, from } });
    expect(await queue()).toBe(false);
    await pass({ smtp: { url: server.url, from } });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]?.to).toEqual([mail.to]);
    expect(server.mails[0]?.data).toMatch(/^From: Keyward <keyward@example\.com>/m);
    expect(server.mails[0]?.data).toContain('<b>rich</b>');
    const { rows } = await database.pool.query('SELECT state, content FROM notifications');
    expect(rows).toEqual([{ state: 'delivered', content: null }]);
  });

  test('K8: what must not lie in the outbox is put into a mail when it is delivered, and tried again when it fails', async () => {
    const server = await mailServer();
    const smtp = { url: server.url, from };
    await queueNotification(database.orm, { ...mail, text: 'a {{secret}}', html: '<b>{{secret}}</b>' });
    const away = () => Promise.reject(new Error('the database is away'));
    await pass({ smtp, fill: away });
    expect(server.mails).toEqual([]);
    expect(await states()).toEqual(['waiting']);
    clock.advance(10_001);
    const fill = async (text: string, recipient: string) => text.replace('{{secret}}', `for-${recipient}`);
    await pass({ smtp, fill });
    const data = server.mails[0]?.data;
    expect(data).toContain(`a for-${mail.to}`);
    expect(data).toContain(`<b>for-${mail.to}</b>`);
    expect(logged.join()).not.toContain('for-');
  });

  test('M4: what was queued in a transaction that is rolled back is never delivered', async () => {
    const server = await mailServer();
    const failing = database.orm.transaction(async (tx) => {
      await queueNotification(tx, mail);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await pass({ smtp: { url: server.url, from } });
    expect(server.mails).toEqual([]);
  });

  test('O6: e-mail waits untried while there is no mail server, and its age is known', async () => {
    await queueNotification(database.orm, mail);
    clock.advance(30 * 24 * hour);
    await pass({});
    expect(await outboxStatus(database, clock)).toMatchObject({ waiting: 1, failed: 0 });
    expect((await outboxStatus(database, clock)).oldestWaitingSeconds).toBeGreaterThanOrEqual(30 * 24 * 3600);
    const server = await mailServer();
    await pass({ smtp: { url: server.url, from } });
    expect(server.mails).toHaveLength(1);
    expect(await outboxStatus(database, clock)).toEqual({ waiting: 0, failed: 0, oldestWaitingSeconds: 0 });
  });

  test('O6: while the mail server is down e-mail is tried later and later, and arrives when it is back', async () => {
    const port = await portToReturnTo();
    const down = await mailServer(port);
    await Promise.all(closing.splice(0).map((close) => close()));
    const smtp = { url: down.url, from };
    await queueNotification(database.orm, mail);
    await pass({ smtp });
    await pass({ smtp });
    const { rows } = await database.pool.query('SELECT attempts, state, last_error FROM notifications');
    expect(rows).toEqual([
      { attempts: 1, state: 'waiting', last_error: expect.stringContaining('ECONNREFUSED') },
    ]);
    const back = await mailServer(port);
    clock.advance(10_001);
    await pass({ smtp });
    expect(back.mails).toHaveLength(1);
    expect(logged.join()).not.toMatch(/alice\.longname|hidden-password/);
  });

  test('M4: a webhook is signed, has the same id at each try, and is tried until it is taken', async () => {
    const target = await receiver({ status: 500 }, { status: 200 });
    const payload = { type: 'alert', data: { n: 1 } };
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload });
    await pass({});
    clock.advance(10_001);
    await pass({});
    await pass({});
    expect(target.calls).toHaveLength(2);
    const [first, second] = target.calls;
    expect(first?.headers['webhook-id']).toBe(second?.headers['webhook-id']);
    const signed = signWebhook(
      secret,
      String(second?.headers['webhook-id']),
      clock.now(),
      JSON.stringify(payload),
    );
    expect(second?.headers).toMatchObject({ ...signed, 'content-type': 'application/json' });
    expect(second?.body).toBe(JSON.stringify(payload));
    expect(await states()).toEqual(['delivered']);
    expect(logged.join()).not.toMatch(/secret-in-url|whsec_/);
  });

  test('M4: two nodes that deliver at once send each notification once', async () => {
    const target = await receiver();
    for (let n = 0; n < 30; n++)
      await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: n });
    await Promise.all([pass({}), pass({})]);
    expect(target.calls.map(({ body }) => Number(body)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, n) => n),
    );
  });

  test('M4: what a dead node had begun is delivered by another, with the same id', async () => {
    const target = await receiver();
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: 1 });
    const died = Promise.withResolvers<string[]>();
    const dying = pass({ webhookSecrets: () => died.promise });
    const begun = async () => (await database.pool.query('SELECT attempts FROM notifications')).rows;
    await expect.poll(begun).toEqual([{ attempts: 1 }]);
    await pass({});
    expect(target.calls).toHaveLength(0);
    clock.advance(300_000);
    await pass({});
    expect(target.calls).toHaveLength(1);
    // Nothing of it is left to take what the next tests queue.
    died.reject(new Error('killed'));
    await dying;
    expect(await states()).toEqual(['delivered']);
  });

  test('M4: a node that stood still does not overrule what another has delivered since', async () => {
    const target = await receiver({ status: 200 }, { status: 410 });
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: 1 });
    const still = Promise.withResolvers<string[]>();
    const standing = pass({ webhookSecrets: () => still.promise });
    const begun = async () => (await database.pool.query('SELECT attempts FROM notifications')).rows;
    await expect.poll(begun).toEqual([{ attempts: 1 }]);
    clock.advance(300_000);
    await pass({});
    expect(await states()).toEqual(['delivered']);
    still.resolve([secret]);
    await standing;
    expect(target.calls).toHaveLength(2);
    expect(await states()).toEqual(['delivered']);
  });

  test('M4: a redirect is not followed', async () => {
    const elsewhere = await receiver();
    const target = await receiver({ status: 302, location: elsewhere.url });
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: 1 });
    await pass({});
    expect(elsewhere.calls).toEqual([]);
    expect(await states()).toEqual(['waiting']);
  });

  test('M4: private addresses are not called, neither by number nor by name', async () => {
    const target = await receiver();
    const byName = target.url.replace('127.0.0.1', 'localhost');
    for (const to of [target.url, byName])
      await queueNotification(database.orm, { kind: 'webhook', to, payload: 1 });
    await pass({ privateAddressesAllowed: false });
    expect(target.calls).toEqual([]);
    expect(logged.join()).toMatch(/not public/);
    expect(logged.join()).toMatch(/no public address/);
  });

  test('M4: what stays undeliverable is given up after three days, kept, counted and logged', async () => {
    const target = await receiver(...Array.from({ length: 100 }, () => ({ status: 503 })));
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: 'kept' });
    for (let hours = 0; hours < 71; hours += 6) {
      await pass({});
      clock.advance(6 * hour);
    }
    expect(await states()).toEqual(['waiting']);
    await pass({});
    expect(await outboxStatus(database, clock)).toMatchObject({ waiting: 0, failed: 1 });
    const { rows } = await database.pool.query('SELECT content FROM notifications');
    expect(rows[0].content).toEqual({ body: '"kept"' });
    expect(logged.join()).toContain('given up');
  });

  test('M4: a receiver that is gone is not asked again', async () => {
    const target = await receiver({ status: 410 });
    await queueNotification(database.orm, { kind: 'webhook', to: target.url, payload: 1 });
    await pass({});
    expect(await states()).toEqual(['failed']);
  });

  test('a dedupe key is forgotten 30 days after delivery', async () => {
    const target = await receiver();
    const notification = { kind: 'webhook', to: target.url, payload: 1, dedupeKey: 'again' } as const;
    await queueNotification(database.orm, notification);
    await pass({});
    clock.advance(31 * 24 * hour);
    await pass({});
    expect(await queueNotification(database.orm, notification)).toBe(true);
  });
});

test.each(['a@b, c@d', 'a b@c', 'a@b\r\nBcc: c@d', '"a"@b', '<a@b>', 'a', '@b', 'a@'])(
  '"%s" is not a mailbox',
  async (to) => {
    await expect(queueNotification(database.orm, { ...mail, to })).rejects.toThrow(RangeError);
  },
);

test.each(['ftp://example.com', 'example.com', 'file:///etc/passwd', 'javascript:1'])(
  '"%s" is not a webhook',
  async (to) => {
    await expect(queueNotification(database.orm, { kind: 'webhook', to, payload: 1 })).rejects.toThrow(
      RangeError,
    );
  },
);
