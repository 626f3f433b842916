import type { VerifiedKey } from './verified-key.ts';

interface Entry {
  /** Undefined: no key is stored under this digest. */
  readonly key: VerifiedKey | undefined;
  /** Monotonic milliseconds at which its look-up began. */
  readonly readAtMs: number;
}

/** A look-up in flight; what changed meanwhile is noted so that a stale row never fills the cache (K10). */
export interface Lookup {
  readonly beganAtMs: number;
  readonly changed: Set<string>;
}

export interface KeyCache {
  /** The entry for a digest unless it is older than allowed. */
  get(digest: string, nowMs: number): Entry | undefined;
  /** Says that every change made before `atMs` has been heard of: living keys are as good as read then (K10). */
  confirm(atMs: number): void;
  begin(nowMs: number): Lookup;
  /** Ends a look-up. False when the row may be stale: nothing was remembered and it must be read again. */
  fill(lookup: Lookup, digest: string, key: VerifiedKey | undefined): boolean;
  abandon(lookup: Lookup): void;
  /** Forgets what `subject` (`key:<id>`, `user:<id>`, `uses:<id>`) decides, also for look-ups in flight. */
  drop(subject: string): void;
  /** Forgets everything. */
  clear(): void;
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

/** Remembers verified keys under a one-way digest, bounded, oldest out first. */
export function createKeyCache(options: KeyCacheOptions = {}): KeyCache {
  const { keysMax = 100_000, unknownMax = 10_000, ageMaxMs = 4_000 } = options;
  const known = new Map<string, Entry>();
  const unknown = new Map<string, Entry>();
  const digestsBySubject = new Map<string, Set<string>>();
  const inFlight = new Set<Lookup>();
  let confirmedAtMs = Number.NEGATIVE_INFINITY;

  // What time alone can change, or a new row, is not announced: a dead key's ban may end, an unknown key may be made.
  const isAnnounced = (entry: Entry): boolean => entry.key !== undefined && entry.key.dead === undefined;
  const forget = (digest: string): void => {
    const entry = known.get(digest);
    known.delete(digest);
    if (entry?.key === undefined) return;
    for (const subject of subjectsOf(entry.key)) {
      const digests = digestsBySubject.get(subject);
      digests?.delete(digest);
      if (digests?.size === 0) digestsBySubject.delete(subject);
    }
  };
  const remember = (digest: string, entry: Entry & { key: VerifiedKey }): void => {
    forget(digest);
    if (known.size >= keysMax) forget(known.keys().next().value as string);
    known.set(digest, entry);
    for (const subject of subjectsOf(entry.key)) {
      const digests = digestsBySubject.get(subject);
      if (digests === undefined) digestsBySubject.set(subject, new Set([digest]));
      else digests.add(digest);
    }
  };

  return {
    get(digest, nowMs) {
      const entry = known.get(digest) ?? unknown.get(digest);
      if (entry === undefined || nowMs - entry.readAtMs <= ageMaxMs) return entry;
      return nowMs - confirmedAtMs <= ageMaxMs && isAnnounced(entry) ? entry : undefined;
    },
    confirm(atMs) {
      confirmedAtMs = Math.max(confirmedAtMs, atMs);
    },
    begin(nowMs) {
      const lookup = { beganAtMs: nowMs, changed: new Set<string>() };
      inFlight.add(lookup);
      return lookup;
    },
    fill(lookup, digest, key) {
      inFlight.delete(lookup);
      if (lookup.changed.has('*')) return false;
      if (key === undefined) {
        forget(digest);
        unknown.delete(digest);
        if (unknown.size >= unknownMax) unknown.delete(unknown.keys().next().value as string);
        unknown.set(digest, { key, readAtMs: lookup.beganAtMs });
        return true;
      }
      if (subjectsOf(key).some((subject) => lookup.changed.has(subject))) return false;
      unknown.delete(digest);
      remember(digest, { key, readAtMs: lookup.beganAtMs });
      return true;
    },
    abandon(lookup) {
      inFlight.delete(lookup);
    },
    drop(subject) {
      for (const lookup of inFlight) lookup.changed.add(subject);
      for (const digest of [...(digestsBySubject.get(subject) ?? [])]) forget(digest);
    },
    clear() {
      for (const lookup of inFlight) lookup.changed.add('*');
      known.clear();
      unknown.clear();
      digestsBySubject.clear();
    },
    get size() {
      return known.size + unknown.size;
    },
  };
}

function subjectsOf({ id, userId, uses }: VerifiedKey): string[] {
  const subjects = [`key:${id}`, `user:${userId}`];
  if (uses !== undefined) subjects.push(`uses:${uses.id}`);
  return subjects;
}
