import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { killPostgres } from './kill-postgres.ts';
import { type KillReport, pauseAmongRequests } from './kill-under-load.ts';
import { between, patience } from './rounds.ts';
import type { SeparateServers } from './separate-servers.ts';

export interface OutageReport {
  readonly awayMs: number;
  /** Requests answered while PostgreSQL was away, and how many of them with 503. */
  readonly answered: number;
  readonly unavailable: number;
  /** From the moment PostgreSQL accepts connections until the node has recorded an event again. */
  readonly backAfterMs: number;
}

/**
 * Under load: kills PostgreSQL, leaves it away, starts it again, and waits until the node writes again by itself.
 * `isLong`: away for longer than keys are remembered (4 s).
 */
export async function killPostgresUnderLoad(
  servers: SeparateServers,
  isLong: boolean,
): Promise<OutageReport> {
  const { ledger, keyward, load, postgres } = servers;
  const away = isLong ? between(4_500, 6_000) : between(300, 2_500);
  load.start(keyward.url);
  await delay(between(200, 1_000));
  ledger.mayBeUnavailable = true;
  const before = [ledger.answered, ledger.count('answered', 503)] as const;
  await killPostgres(postgres);
  await delay(away);
  expect((await keyward.fetch('/healthz')).status).toBe(200);
  expect((await keyward.fetch('/readyz')).status).toBe(503);
  const answered = ledger.answered - before[0];
  const unavailable = ledger.count('answered', 503) - before[1];
  await postgres.start();
  const backAt = performance.now();
  await writesAgain(servers);
  const backAfterMs = Math.round(performance.now() - backAt);
  await delay(200);
  load.hold();
  await load.settled();
  ledger.mayBeUnavailable = false;
  return { awayMs: away, answered, unavailable, backAfterMs };
}

/** Under load: kills PostgreSQL and a moment later the node, then starts both. */
export async function killBothUnderLoad(servers: SeparateServers): Promise<Pick<KillReport, 'open' | 'cut'>> {
  const { ledger, keyward, load, postgres } = servers;
  // Without a pause: refusals come so fast that little would be open when the node is killed.
  load.start(keyward.url, 0);
  await delay(between(200, 1_000));
  ledger.mayBeUnavailable = true;
  await killPostgres(postgres);
  const open = await pauseAmongRequests(servers, () => delay(between(0, 500)));
  load.hold();
  await keyward.kill9();
  await load.settled();
  await postgres.start();
  await keyward.start();
  ledger.mayBeUnavailable = false;
  return { open: open.length, cut: ledger.cutAmong(open) };
}

/** Nobody tells the node that its database is back. */
async function writesAgain({ load, traffic }: SeparateServers): Promise<void> {
  const event = traffic.newEvent();
  const record = async (): Promise<boolean> => {
    const outcome = await load.send(traffic.recordEvent(event));
    return outcome.kind === 'answered' && outcome.answer.status < 300;
  };
  await expect.poll(record, { ...patience, interval: 50 }).toBe(true);
}
