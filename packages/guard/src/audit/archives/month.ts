/** A calendar month in UTC, written `2026-01`. */
export type Month = string;

export const monthPattern = /^\d{4}-(?:0[1-9]|1[0-2])$/;

/** The month's first moment. */
export function monthBegin(month: Month): Date {
  return new Date(`${month}-01T00:00:00.000Z`);
}

/** The first moment after the month. */
export function monthEnd(month: Month): Date {
  const begin = monthBegin(month);
  return new Date(Date.UTC(begin.getUTCFullYear(), begin.getUTCMonth() + 1));
}

/** The month of a column of the type date, which holds its first day. */
export function monthOfDate(date: string): Month {
  return date.slice(0, 7);
}

export function dateOfMonth(month: Month): string {
  return `${month}-01`;
}
