const unitBytes = { '': 1, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4 };

/** What MEDIA_QUOTA says, in bytes; undefined: the service's own. Anything else is a problem. */
export function mediaQuotaBytes(text: string | undefined, problems: string[]): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15})(MiB|GiB|TiB|)$/.exec(text);
  const bytes = Number(match?.[1]) * unitBytes[match?.[2] as keyof typeof unitBytes];
  if (bytes > 0 && Number.isSafeInteger(bytes)) return bytes;
  problems.push(`MEDIA_QUOTA must be bytes or such as "20GiB" (MiB, GiB, TiB), not ${text}.`);
  return undefined;
}
