import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, inject, test } from 'vitest';
import { redisKeyChangeRelay } from './key-change-relay.ts';

const url = inject('redisUrl');

describe.skipIf(url === '')('key changes by Redis', () => {
  /** On connections of that name; Redis knows no other sign of whose they are. */
  function open(channel: string) {
    const errors: unknown[] = [];
    const heard: string[] = [];
    const named = new URL(url);
    named.searchParams.set('connectionName', channel);
    const relay = redisKeyChangeRelay({ url: named.href, channel, onError: (error) => errors.push(error) });
    relay.subscribe((message) => heard.push(message));
    return { relay, errors, heard };
  }

  test('K10: what one node publishes every node hears, again after their connections were cut', async () => {
    const channel = `keyward:test:${randomBytes(6).toString('hex')}`;
    const nodes = [open(channel), open(channel)];
    const admin = new Redis(url);
    try {
      let sent = 0;
      const arrives = async () => {
        sent += 1;
        const message = `key:1 ${sent}`;
        await expect
          .poll(() => {
            nodes[0]?.relay.publish(message);
            return nodes.every(({ heard }) => heard.includes(message));
          })
          .toBe(true);
      };
      await arrives();
      const clients = String(await admin.call('CLIENT', 'LIST', 'TYPE', 'pubsub')).split('\n');
      const ours = clients.filter((one) => one.includes(` name=${channel} `));
      expect(ours).toHaveLength(2);
      for (const line of ours) await admin.call('CLIENT', 'KILL', 'ID', /id=(\d+)/.exec(line)?.[1] ?? '');
      await arrives();
    } finally {
      admin.disconnect();
      for (const { relay } of nodes) await relay.close();
    }
  });

  test('K10: a Redis that is away, or allows it nothing, is one warning and no harm', async () => {
    const errors: unknown[] = [];
    const away = redisKeyChangeRelay({ url: 'redis://127.0.0.1:1', onError: (error) => errors.push(error) });
    away.subscribe(() => {});
    await expect.poll(() => errors.length).toBe(2);
    away.publish('key:1 1');
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(errors).toHaveLength(2);
    await away.close();
  });
});
