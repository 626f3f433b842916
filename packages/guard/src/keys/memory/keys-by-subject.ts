import type { VerifiedKey } from '../verified-key.ts';
import { oldestFirst } from './oldest-first.ts';

/** Entries by digest, the oldest out first beyond `entriesMax`, that can be dropped by what their keys depend on. */
export function keysBySubject<Entry extends { readonly key: VerifiedKey }>(entriesMax: number) {
  const entries = new Map<string, Entry>();
  const oldest = oldestFirst(entries);
  const digestsBySubject = new Map<string, Set<string>>();

  const remove = (digest: string): void => {
    const entry = entries.get(digest);
    if (entry === undefined) return;
    entries.delete(digest);
    for (const subject of subjectsOf(entry.key)) {
      const digests = digestsBySubject.get(subject);
      digests?.delete(digest);
      if (digests?.size === 0) digestsBySubject.delete(subject);
    }
  };

  return {
    get: (digest: string): Entry | undefined => entries.get(digest),
    set(digest: string, entry: Entry): void {
      remove(digest);
      if (entries.size >= entriesMax) remove(oldest() as string);
      entries.set(digest, entry);
      for (const subject of subjectsOf(entry.key)) {
        const digests = digestsBySubject.get(subject);
        if (digests === undefined) digestsBySubject.set(subject, new Set([digest]));
        else digests.add(digest);
      }
    },
    delete: remove,
    drop(subject: string): void {
      for (const digest of [...(digestsBySubject.get(subject) ?? [])]) remove(digest);
    },
    clear(): void {
      entries.clear();
      digestsBySubject.clear();
    },
    get size() {
      return entries.size;
    },
  };
}

/** What a verified key depends on, as the database announces it. */
export function subjectsOf({ id, userId, uses }: VerifiedKey): string[] {
  const subjects = [`key:${id}`, `user:${userId}`];
  if (uses !== undefined) subjects.push(`uses:${uses.id}`);
  return subjects;
}
