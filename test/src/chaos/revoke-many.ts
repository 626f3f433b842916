import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'vitest';
import { query } from '../product/own-database.ts';
import type { IssuedKey } from '../product/people-and-keys.ts';
import { useInBackground } from './background-use.ts';
import type { NodeFleet } from './node-fleet.ts';
import { type Revocation, statusOf, watchRevocation } from './revocation.ts';
import { say } from './rounds.ts';

/** SPEC K10, in normal running, for 99 of 100. */
export const goalMs = 100;

const livingKeys = 5;

/**
 * Revokes `count` keys of a fleet one after the other, in turn by plain SQL and by API, while all keys are used on all
 * nodes. Fails when one is served 5 s later or again after it was refused, or when another key is refused.
 */
export async function revokeMany(fleet: NodeFleet, what: string, count: number): Promise<Revocation[]> {
  const urls = fleet.nodes.map(({ url }) => url);
  const keys = await fleet.issueKeys(count + livingKeys);
  const doomed = keys.slice(livingKeys);
  const background = useInBackground(urls, keys);
  const revocations: Revocation[] = [];
  try {
    for (const [round, key] of doomed.entries()) {
      background.revoking(key);
      const revoke = () => (round % 2 === 0 ? revokeBySql(fleet, key) : revokeByApi(fleet, key, round >> 1));
      const revocation = await watchRevocation(urls, key.key, revoke);
      revocations.push(revocation);
      background.revoked(key);
      expect([...revocation.problems, ...background.problems]).toEqual([]);
    }
    await delay(100);
    for (const url of urls)
      for (const { key } of doomed.slice(-50)) expect(await statusOf(url, key)).toBe(401);
  } finally {
    await background.stop();
  }
  expect(background.problems).toEqual([]);
  say(`${what}: ${inWords(revocations)}; ${background.requests} requests with other keys`);
  return revocations;
}

/** The time within which that share of the revocations was refused everywhere. */
export function refusedWithinMs(revocations: readonly Revocation[], share: number): number {
  return percentile(
    revocations.map(({ refusedMs }) => refusedMs),
    share,
  );
}

async function revokeBySql({ databaseUrl }: NodeFleet, { id }: IssuedKey): Promise<void> {
  await query(databaseUrl, 'UPDATE api_keys SET revoked_at = NOW() WHERE id = $1', [id]);
}

async function revokeByApi({ nodes, control }: NodeFleet, { id }: IssuedKey, round: number): Promise<void> {
  const path = `/v1/control/keys/${id}/revoke`;
  const node = nodes[round % nodes.length];
  const answer = await node?.fetch(path, { method: 'POST', headers: { 'x-api-key': control.key } });
  expect(answer?.status).toBe(200);
  await answer?.arrayBuffer();
}

function percentile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function inWords(revocations: readonly Revocation[]): string {
  const of = (times: readonly number[]) =>
    [0.5, 0.99, 1].map((share) => percentile(times, share).toFixed(1)).join(', ');
  const refused = of(revocations.map(({ refusedMs }) => refusedMs));
  const served = of(revocations.map(({ servedMs }) => servedMs));
  return `${revocations.length} revocations; p50, p99, max in ms until the last node answered 401: ${refused} (goal: p99 ${goalMs}), until the last request was sent that was served: ${served}`;
}
