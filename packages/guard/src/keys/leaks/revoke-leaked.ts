import { type Actor, recordChange } from '../../audit/record-change.ts';
import type { Database, Transaction } from '../../database/database.ts';
import { maskKeysIn } from '../../masks.ts';
import { isProblem, type Problem } from '../../reply.ts';
import { keyHints, readKeyForm } from '../format.ts';
import type { KeyFinder } from '../key-finder.ts';
import { type EndLeakedDeps, endLeakedKey, type LeakOutcome } from './end-leaked-key.ts';
import { findPresented } from './find-presented.ts';
import { type ToldKey, tellOperatorsOfLeak, tellOwnerOfLeak } from './leak-mails.ts';
import type { LeakPolicy } from './leak-policy.ts';

export interface RevokeLeakedDeps extends EndLeakedDeps {
  readonly database: Database;
  /** One for each kind of keys, as where they are verified. */
  readonly finders: readonly KeyFinder[];
  /** Mailbox that hears of leaks besides the super_admins. */
  readonly securityContact?: string | undefined;
}

export interface PresentedKey {
  /** What may be a key, in full: nothing of it is kept. */
  readonly text: string;
  /** Where it was found. */
  readonly foundAt?: string | undefined;
}

export interface LeakReporter {
  /** `holder`: anybody, who has proven to have the key by presenting it. */
  readonly by: 'holder' | 'github' | 'scan';
  readonly policy: LeakPolicy;
  readonly actor: Actor;
  readonly clientAddress: string;
}

export interface LeakResult {
  readonly prefix: string;
  readonly lastFour: string;
  readonly outcome: LeakOutcome | 'unknown';
  /** Of a key that is known; not for strangers. */
  readonly keyId?: string;
}

/** So many keys fit into one call: one transaction, and one audit entry that names them all. */
export const presentedMax = 100;

const foundAtLengthMax = 500;

/**
 * Ends the keys that are presented as leaked, or does what else the reporter's policy says; a result for each, in order
 * (K12). On every node like any revocation (K10). Repeating a report changes nothing and mails nobody. A refusal, and
 * nothing done, when it may not be found out now whose a text is.
 */
export async function revokeLeaked(
  deps: RevokeLeakedDeps,
  presented: readonly PresentedKey[],
  reporter: LeakReporter,
): Promise<LeakResult[] | Problem> {
  if (presented.length > presentedMax) throw new RangeError(`more than ${presentedMax} keys at once`);
  const texts = presented.map(({ text }) => text);
  const found = await findPresented(deps.finders, texts, reporter.clientAddress);
  if (isProblem(found)) return found;
  const foundAt = new Map(presented.map((one) => [found.get(one.text)?.id, one.foundAt]));
  // Everybody locks in this order.
  const ids = [...new Map([...found.values()].map((row) => [row.id, row])).values()]
    .sort((a, b) => (a.userId === b.userId ? compare(a.id, b.id) : compare(a.userId, b.userId)))
    .map(({ id }) => id);
  const outcomes =
    ids.length === 0
      ? new Map<string, LeakOutcome>()
      : await deps.database.orm.transaction((tx) => endAll(tx, deps, ids, foundAt, reporter));
  return texts.map((text) => {
    const row = found.get(text);
    const outcome = (row && outcomes.get(row.id)) ?? 'unknown';
    if (row === undefined || outcome === 'unknown') return { ...hintsOf(text), outcome: 'unknown' };
    return { prefix: row.prefix, lastFour: row.lastFour, outcome, keyId: row.id };
  });
}

async function endAll(
  tx: Transaction,
  deps: RevokeLeakedDeps,
  ids: readonly string[],
  foundAt: ReadonlyMap<string | undefined, string | undefined>,
  reporter: LeakReporter,
): Promise<Map<string, LeakOutcome>> {
  const outcomes = new Map<string, LeakOutcome>();
  const changed: ToldKey[] = [];
  const told: ToldKey[] = [];
  for (const id of ids) {
    const ended = await endLeakedKey(tx, deps, id, reporter.policy, reporter.actor);
    if (ended === undefined) continue;
    outcomes.set(id, ended.outcome);
    const one = { ...ended, foundAt: placeOf(foundAt.get(id)) };
    // A stranger's words do not go into a mail of ours: they could be a lure.
    const shown = reporter.by === 'holder' ? { ...one, foundAt: undefined } : one;
    const isNews = ended.outcome !== 'already_dead' && (await tellOwnerOfLeak(tx, shown));
    if (isNews || (ended.isChanged && ended.outcome !== 'already_dead')) told.push(shown);
    if (isNews || ended.isChanged) changed.push(one);
  }
  if (told.length > 0)
    await tellOperatorsOfLeak(tx, told, reportedBy[reporter.by], deps.securityContact, deps.clock.now());
  if (changed.length > 0) await recordLeak(tx, deps, changed, reporter);
  return outcomes;
}

const reportedBy = {
  holder: 'somebody who has it',
  github: "GitHub's secret scanning",
  scan: 'keyward keys scan',
} as const;

async function recordLeak(
  tx: Transaction,
  { clock }: RevokeLeakedDeps,
  keys: readonly ToldKey[],
  { by, policy, actor }: LeakReporter,
): Promise<void> {
  const before = keys.map(({ key }) => ({ id: key.id, isActive: key.isActive, revokedAt: key.revokedAt }));
  const after = keys.map(({ key, outcome, foundAt }) => ({ id: key.id, outcome, foundAt: foundAt ?? null }));
  const change = {
    action: 'keys.leaked',
    objectType: 'key',
    objectIds: keys.map(({ key }) => key.id),
    before: { keys: before },
    after: { source: by, policy, keys: after },
  };
  await recordChange(tx, actor, change, clock);
}

/** Without keys in it, on one line, and short. */
function placeOf(foundAt: string | undefined): string | undefined {
  if (foundAt === undefined || foundAt === '') return undefined;
  return maskKeysIn(foundAt)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
    .replace(/\{(?=\{)/g, '{ ')
    .slice(0, foundAtLengthMax);
}

/** As people recognise it. What has not the form of a key of ours is not repeated. */
function hintsOf(text: string): { prefix: string; lastFour: string } {
  return readKeyForm(text) === undefined ? { prefix: '', lastFour: '' } : keyHints(text);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
