const dayMs = 86_400_000;

/** Midnight UTC of `YYYY-MM-DD`. */
export function startOfDay(date: string): Date {
  return new Date(`${date}T00:00:00Z`);
}

/** Midnight UTC after `YYYY-MM-DD`: the first moment that is no longer that day. */
export function endOfDay(date: string): Date {
  return new Date(startOfDay(date).getTime() + dayMs);
}
