const hexDigits = /^[0-9a-f]{64}$/i;
const shortDecimal = /^(?:0|[1-9][0-9]{0,76})$/;
const prefixedHex = /^0x[0-9a-f]{1,64}$/i;
const decimal = /^[0-9]{1,78}$/;
const tokenIdMax = 2n ** 256n - 1n;

/**
 * A token id in decimal, or undefined when the text is none (N4): decimal, `0x` and hex digits, or exactly 64 hex
 * digits as ERC-1155 puts for `{id}`. A decimal of 64 digits is therefore read as hex; ask for it as `0x…`.
 */
export function parseTokenId(text: string): string | undefined {
  if (shortDecimal.test(text) && text.length !== 64) return text;
  if (hexDigits.test(text)) return BigInt(`0x${text}`).toString();
  if (!prefixedHex.test(text) && !decimal.test(text)) return undefined;
  const id = BigInt(text.replace(/^0X/, '0x'));
  return id <= tokenIdMax ? id.toString() : undefined;
}
