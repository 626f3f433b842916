const canonicalInteger = /^-?\d+$/;
const significand = /^-?([\d.]+)/;

/**
 * Whether a double holds what a JSON number literal says (V2, N2; RFC 7493, 2.2).
 * What is written canonically (RFC 8785) as an integer must be within ±(2^53 − 1); anything else must be
 * finite, not be flushed to zero, and have at most 17 significant digits.
 * By this rule every number that is accepted is also accepted in the form in which it is given back.
 */
export function doubleHolds(literal: string): boolean {
  const value = Number(literal);
  if (literal.length <= 17 && value !== 0 && Number.isSafeInteger(value)) return true;
  if (!Number.isFinite(value)) return false;
  const digits = significantDigits(literal);
  if (digits > 17 || (value === 0 && digits > 0)) return false;
  return Number.isSafeInteger(value) || !canonicalInteger.test(String(value));
}

function significantDigits(literal: string): number {
  const digits = (significand.exec(literal)?.[1] ?? '').replace('.', '');
  let start = 0;
  let end = digits.length;
  while (start < end && digits[start] === '0') start++;
  while (end > start && digits[end - 1] === '0') end--;
  return end - start;
}
