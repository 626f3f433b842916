const unitBytes = { '': 1, MiB: 1024 ** 2, GiB: 1024 ** 3 };
/** Twice the reserve: less would leave no room beside it. */
const bytesMin = 128 * unitBytes.MiB;

/** What JOURNAL_BYTES_MAX says, in bytes; undefined: the journal decides. Anything else is a problem. */
export function journalBytesMax(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})(MiB|GiB|)$/.exec(text);
  const bytes = Number(match?.[1]) * unitBytes[match?.[2] as keyof typeof unitBytes];
  if (bytes >= bytesMin && Number.isSafeInteger(bytes)) return bytes;
  problems.push(
    `JOURNAL_BYTES_MAX must be bytes or such as "20GiB" (MiB, GiB), at least 128MiB, not ${text}.`,
  );
  return undefined;
}
