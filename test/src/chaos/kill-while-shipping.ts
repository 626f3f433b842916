import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { expect } from 'vitest';
import { killPostgres } from './kill-postgres.ts';
import { isFullForm } from './rounds.ts';
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
  load.start(keyward.url, 0);
  await delay(500);
  ledger.mayBeUnavailable = true;
  await killPostgres(postgres);
  const awayAt = performance.now();
  const before = ledger.answered;
  await expect
    .poll(() => ledger.answered - before, { timeout: 60_000, interval: 100 })
    .toBeGreaterThan(backlogMin);
  load.hold();
  await load.settled();
  await postgres.start();
  const awayMs = Math.round(performance.now() - awayAt);
  const kept = (await shippedLog(postgres)).length;
  await untilPositionMoves(postgres.url);
  await keyward.kill9();
  const shipped = (await shippedLog(postgres)).length - kept;
  await keyward.start();
  ledger.mayBeUnavailable = false;
  return { awayMs, backlog: ledger.answered - kept, shipped };
}

/** The position moves in the transaction that brings a batch; the next batch is on its way then. */
async function untilPositionMoves(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const position = async (): Promise<string> => {
    const { rows } = await client.query('SELECT segment, byte_offset FROM journal_positions');
    return JSON.stringify(rows);
  };
  try {
    const from = await position();
    const deadline = performance.now() + 20_000;
    while ((await position()) === from && performance.now() < deadline) await delay(1);
  } finally {
    await client.end();
  }
}
