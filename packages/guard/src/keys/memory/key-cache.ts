import type { VerifiedKey } from '../verified-key.ts';
import { keysBySubject, subjectsOf } from './keys-by-subject.ts';
import { oldestFirst } from './oldest-first.ts';

/** A time of listening without a break. A change that was committed between two of them may never be heard of. */
interface Session {
  /** Monotonic milliseconds: every change committed before then has been heard of. */
  confirmedAtMs: number;
}

interface Entry {
  /** Undefined: no key is stored under this digest. */
  readonly key: VerifiedKey | undefined;
  /** Monotonic milliseconds at which its look-up began. */
  readonly readAtMs: number;
  /** The one in which its look-up began. */
  readonly session: Session;
}

type KnownEntry = Entry & { readonly key: VerifiedKey };

/** A look-up in flight; what changed meanwhile is noted so that a stale row never fills the cache (K10). */
export interface Lookup {
  readonly beganAtMs: number;
  readonly session: Session;
  readonly changed: Set<string>;
}

/** A key as it was last read, however long ago that is. */
export interface RememberedKey {
  readonly key: VerifiedKey;
  /** Monotonic milliseconds up to which no change of it can have been missed. */
  readonly goodAtMs: number;
}

export interface KeyCache {
  /** The entry for a digest unless it is older than allowed. */
  get(digest: string, nowMs: number): Entry | undefined;
  /** The key for a digest whatever its age, unless it was dropped: for while it cannot be read again (K10). */
  recall(digest: string): RememberedKey | undefined;
  /** Says that every change made before `atMs` has been heard of: living keys are as good as read then (K10). */
  confirm(atMs: number): void;
  begin(nowMs: number): Lookup;
  /** Whether what the look-up finds may answer a request that arrives now: it is young, and must not be read again. */
  isCurrent(lookup: Lookup, nowMs: number): boolean;
  /** Ends a look-up. False when the row may be stale: nothing was remembered and it must be read again. */
  fill(lookup: Lookup, digest: string, key: VerifiedKey | undefined): boolean;
  abandon(lookup: Lookup): void;
  /** Forgets what `subject` (`key:<id>`, `user:<id>`, `uses:<id>`) decides, also for look-ups in flight. */
  drop(subject: string): void;
  /** Forgets everything: a set of keys that nobody names has changed. */
  clear(): void;
  /** Listening has begun again: what was read before is read again before it is used, and is not confirmed any more. */
  distrust(): void;
  readonly size: number;
}

export interface KeyCacheOptions {
  /** Known keys remembered at most; about 1 KiB each. Default 100,000. */
  readonly keysMax?: number;
  /** Unknown but well-formed keys remembered at most, apart, so that they never push out real ones. Default 10,000. */
  readonly unknownMax?: number;
  /** Milliseconds after which an entry that nothing confirms is read again. Default 4,000: revocation holds within 5 s (K10). */
  readonly ageMaxMs?: number;
}

// A look-up that more changes than these overtook is read again whatever they were: a bound for what it notes.
const changesNotedMax = 1_000;

/** Remembers verified keys under a one-way digest, bounded, oldest out first. */
export function createKeyCache(options: KeyCacheOptions = {}): KeyCache {
  const { keysMax = 100_000, unknownMax = 10_000, ageMaxMs = 4_000 } = options;
  const known = keysBySubject<KnownEntry>(keysMax);
  const unknown = new Map<string, Entry>();
  const oldestUnknown = oldestFirst(unknown);
  const inFlight = new Set<Lookup>();
  let session = newSession();

  const note = (subject: string): void => {
    for (const { changed } of inFlight) changed.add(changed.size < changesNotedMax ? subject : '*');
  };
  const isOvertaken = ({ changed, session: began }: Lookup, key: VerifiedKey | undefined): boolean =>
    began !== session ||
    changed.has('*') ||
    (key !== undefined && subjectsOf(key).some((subject) => changed.has(subject)));

  return {
    get(digest, nowMs) {
      const entry: Entry | undefined = known.get(digest) ?? unknown.get(digest);
      if (entry === undefined || entry.session !== session) return undefined;
      if (nowMs - entry.readAtMs <= ageMaxMs) return entry;
      return nowMs - session.confirmedAtMs <= ageMaxMs && isAnnounced(entry) ? entry : undefined;
    },
    recall(digest) {
      const entry = known.get(digest);
      if (entry === undefined) return undefined;
      const confirmedAtMs = isAnnounced(entry) ? entry.session.confirmedAtMs : entry.readAtMs;
      return { key: entry.key, goodAtMs: Math.max(entry.readAtMs, confirmedAtMs) };
    },
    confirm(atMs) {
      session.confirmedAtMs = Math.max(session.confirmedAtMs, atMs);
    },
    begin(nowMs) {
      const lookup = { beganAtMs: nowMs, session, changed: new Set<string>() };
      inFlight.add(lookup);
      return lookup;
    },
    isCurrent: (lookup, nowMs) => nowMs - lookup.beganAtMs <= ageMaxMs && !isOvertaken(lookup, undefined),
    fill(lookup, digest, key) {
      inFlight.delete(lookup);
      if (isOvertaken(lookup, key)) return false;
      const before: Entry | undefined = known.get(digest) ?? unknown.get(digest);
      // Of two readings the later one stays, whichever arrives last.
      if (before?.session === session && before.readAtMs > lookup.beganAtMs) return true;
      known.delete(digest);
      unknown.delete(digest);
      const { beganAtMs: readAtMs } = lookup;
      if (key !== undefined) known.set(digest, { key, readAtMs, session });
      else {
        if (unknown.size >= unknownMax) unknown.delete(oldestUnknown() as string);
        unknown.set(digest, { key, readAtMs, session });
      }
      return true;
    },
    abandon(lookup) {
      inFlight.delete(lookup);
    },
    drop(subject) {
      note(subject);
      known.drop(subject);
    },
    clear() {
      note('*');
      known.clear();
      unknown.clear();
    },
    distrust() {
      session = newSession();
    },
    get size() {
      return known.size + unknown.size;
    },
  };
}

function newSession(): Session {
  return { confirmedAtMs: Number.NEGATIVE_INFINITY };
}

/** What time alone can change, or a new row, is not announced: a dead key's ban may end, an unknown key may be made. */
function isAnnounced({ key }: Entry): boolean {
  return key !== undefined && key.dead === undefined;
}
