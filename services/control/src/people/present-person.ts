import { type HandedOver, isBanned, type PersonChanged, snakeCase, type User } from '@keyward/guard';

/** A person as JSON. A ban that has ended is none. */
export function presentPerson(user: User, nowMs: number) {
  const { id, name, email, role, createdAt, deletedAt, banReason, banExpires } = user;
  const banned = isBanned(user, nowMs);
  const ban = { banned, banReason: banned ? banReason : null, banExpires: banned ? banExpires : null };
  return snakeCase({ id, name, email, role, ...ban, createdAt, deletedAt });
}

/** A change of a person, with how much of what ended. */
export function presentChange({ user, ended }: PersonChanged, nowMs: number) {
  const counts = Object.entries(ended).map(([kind, ids]) => [kind, ids.length]);
  return { person: presentPerson(user, nowMs), ended: Object.fromEntries(counts) };
}

/** What was handed over. */
export function presentHandOver({ from, to, keys, revokedKeys, data }: HandedOver) {
  return { from, to, keys: keys.length, revoked_keys: revokedKeys.slice(0, 1000), data };
}
