/**
 * What PostgreSQL cannot hold is replaced before it is written, so that no entry is refused for its content:
 * NUL and lone surrogates become U+FFFD, numbers are brought into range.
 */

const int32Max = 2 ** 31 - 1;
/** 9999-12-31T23:59:59.999Z, the last moment with a four-digit year. */
const timeMsMax = 253_402_300_799_999;
const replacement = '\uFFFD';

/** Text without NUL and lone surrogates. */
export function storableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', replacement) : wellFormed;
}

/** A whole number from 0 to 2^31 - 1. */
export function storableInteger(value: number): number {
  if (!(value > 0)) return 0;
  return value < int32Max ? Math.round(value) : int32Max;
}

/** Unix milliseconds between 1970 and 9999, whole. */
export function storableTimeMs(value: number): number {
  if (!(value > 0)) return 0;
  return value < timeMsMax ? Math.floor(value) : timeMsMax;
}

/** JSON text that `jsonb` accepts, or null for `undefined` and `null`. What cannot be serialised says so instead. */
export function storableJson(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch (error) {
    json = JSON.stringify({ not_serialisable: String(error) });
  }
  return json === undefined ? null : storableJsonText(json);
}

// JSON.stringify writes `\ud8xx` for lone surrogates only (well-formed JSON.stringify, ES2019), so each is replaced.
function storableJsonText(json: string): string {
  if (!json.includes('\\u')) return json;
  return json.replace(/\\(?:u0000|ud[89a-f][0-9a-f]{2}|.)/g, (sequence) =>
    sequence === '\\u0000' || sequence.startsWith('\\ud') ? replacement : sequence,
  );
}
