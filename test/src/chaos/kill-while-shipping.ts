import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { holdSecondBatch } from './hold-second-batch.ts';
import { killPostgres } from './kill-postgres.ts';
import { between, isFullForm, patience } from './rounds.ts';
import { type SeparateServers, shippedLog } from './separate-servers.ts';

/** More than one batch of the shipper (5,000 entries), so that there is a middle to be killed in. */
const backlogMin = isFullForm ? 14_000 : 7_000;

export interface ShippingReport {
  readonly awayMs: number;
  /** Answered requests whose entries were not in the database when PostgreSQL came back. */
  readonly backlog: number;
  /** Of those, how many were there when the node was killed. */
  readonly shipped: number;
}

/** Lets a backlog grow while PostgreSQL is away, and kills the node when a part of it has been shipped. */
export async function killNodeWhileItShips(servers: SeparateServers): Promise<ShippingReport> {
  const { ledger, keyward, load, postgres } = servers;
  const answered = () => ledger.answered;
  load.start(keyward.url, 0);
  await expect.poll(answered, patience).toBeGreaterThan(ledger.answered + 100);
  ledger.mayBeUnavailable = true;
  await killPostgres(postgres);
  const awayAt = performance.now();
  await expect
    .poll(answered, { ...patience, timeout: 3 * patience.timeout })
    .toBeGreaterThan(ledger.answered + backlogMin);
  load.hold();
  await load.settled();
  // It ships as soon as it can: not before it is known what had been shipped.
  keyward.pause();
  await postgres.start();
  const awayMs = Math.round(performance.now() - awayAt);
  const kept = (await shippedLog(postgres)).length;
  const second = await holdSecondBatch(postgres.url);
  keyward.resume();
  await expect.poll(second.isNext, { ...patience, interval: 5 }).toBe(true);
  await delay(between(0, 100));
  await keyward.kill9();
  const shipped = (await shippedLog(postgres)).length - kept;
  await second.release();
  await keyward.start();
  ledger.mayBeUnavailable = false;
  return { awayMs, backlog: ledger.answered - kept, shipped };
}
