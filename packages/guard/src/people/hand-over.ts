import { z } from 'zod';
import type { Actor } from '../audit/record-change.ts';
import type { Transaction } from '../database/database.ts';
import { transact } from '../database/transact.ts';
import { isProblem, type Problem, refuse } from '../reply.ts';
import type { Counts, DataHandedOver, DataKeeper } from '../service.ts';
import type { PeopleDeps } from './change-person.ts';
import { rankRefusal } from './change-refusal.ts';
import { handOverKeys, type KeysHandedOver } from './hand-over-keys.ts';
import { lockTwo } from './lock-people.ts';
import { inWords } from './owned-by.ts';
import { ownerRefusal } from './owner-refusal.ts';
import { recordPersonChange, recordRevokedKeys } from './record-person-change.ts';
import type { User } from './user.ts';

export interface OwnershipDeps extends PeopleDeps {
  /** Every service that keeps data of people. */
  readonly services: readonly DataKeeper[];
}

export const handOverSchema = z.strictObject({
  /** Ids or e-mail addresses. */
  from: z.string().min(1).max(254),
  to: z.string().min(1).max(254),
  keys: z.boolean().default(true),
  data: z.boolean().default(true),
});
export type HandOver = z.output<typeof handOverSchema>;

export interface HandedOver extends KeysHandedOver {
  readonly from: string;
  readonly to: string;
  /** How much of each kind, by service. */
  readonly data: Readonly<Record<string, Counts>>;
}

/**
 * Makes the keys and the data of one person another's, all or nothing. Also from somebody who is banned or deleted.
 * 404 for who is not there; 403 for a higher role; 409 for a banned receiver or what a service cannot solve; 422 for nothing
 * to hand over.
 */
export function handOver(deps: OwnershipDeps, wish: HandOver, actor: Actor): Promise<HandedOver | Problem> {
  return transactWithServices(deps, async (tx, settlements) => {
    const people = await lockTwo(tx, wish.from, wish.to);
    if (isProblem(people)) return people;
    const refusal = rankRefusal(actor, people[0]);
    if (refusal !== undefined) return refusal;
    return moveOwnership({ ...deps, tx, settlements }, people, wish, actor);
  });
}

type Settlements = NonNullable<DataHandedOver['settle']>[];

/** A transaction after which the services settle what it did not hold, whether it was committed or not. */
export async function transactWithServices<T>(
  { database }: OwnershipDeps,
  work: (tx: Transaction, settlements: Settlements) => Promise<T | Problem>,
): Promise<T | Problem> {
  const settlements: Settlements = [];
  let isCommitted = false;
  try {
    const outcome = await transact(database.orm, (tx) => work(tx, settlements));
    isCommitted = !isProblem(outcome);
    return outcome;
  } finally {
    await Promise.allSettled(settlements.map((settle) => settle(isCommitted)));
  }
}

interface Moving extends OwnershipDeps {
  readonly tx: Transaction;
  readonly settlements: Settlements;
}

/** The hand-over inside a transaction that has locked both people. */
export async function moveOwnership(
  { tx, clock, services, settlements }: Moving,
  [from, to]: readonly [User, User],
  wish: Pick<HandOver, 'keys' | 'data'>,
  actor: Actor,
): Promise<HandedOver | Problem> {
  const refusal = wishRefusal(from, to, wish) ?? ownerRefusal(to, clock.now());
  if (refusal !== undefined) return refusal;
  const none = { keys: [], revokedKeys: [] };
  const keys = wish.keys ? await handOverKeys(tx, from, to, new Date(clock.now())) : none;
  const data: Record<string, Counts> = {};
  for (const service of wish.data ? services : []) {
    const moved = await moveData(tx, service, from.id, to.id);
    if (isProblem(moved)) return moved;
    if (moved.settle !== undefined) settlements.push(moved.settle);
    if (Object.keys(moved.counts).length > 0) data[service.name] = moved.counts;
  }
  const noted = { handedOverTo: to.id, keys: keys.keys.length, keyIds: keys.keys.slice(0, 100), data };
  await recordPersonChange(tx, actor, { action: 'users.hand_over', before: from, after: from, noted }, clock);
  await recordRevokedKeys(tx, actor, keys.revokedKeys, 'users.hand_over', clock);
  return { from: from.id, to: to.id, ...keys, data };
}

function wishRefusal(
  from: User,
  to: User,
  { keys, data }: Pick<HandOver, 'keys' | 'data'>,
): Problem | undefined {
  if (from.id === to.id)
    return refuse('invalid_request', { detail: 'A person cannot hand over to themselves.' });
  if (!keys && !data) return refuse('invalid_request', { detail: 'Hand over keys, data or both.' });
  return undefined;
}

async function moveData(
  tx: Transaction,
  service: DataKeeper,
  from: string,
  to: string,
): Promise<DataHandedOver | Problem> {
  if (service.handOver !== undefined) return service.handOver(tx, from, to);
  const owned = Object.entries((await service.owned?.(tx, from)) ?? {}).filter(([, many]) => many > 0);
  if (owned.length === 0) return { counts: {} };
  const what = inWords(Object.fromEntries(owned));
  return refuse('conflict', { detail: `The service ${service.name} cannot hand over its data: ${what}.` });
}
