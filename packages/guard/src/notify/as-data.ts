/**
 * A text that somebody else wrote, for a line of a mail: on one line, without characters that hide or turn what follows,
 * at most 100 characters, and no `{{`, which stands for what delivery fills in.
 */
export function asData(text: string): string {
  return text
    .slice(0, 100)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, ' ')
    .replace(/\{(?=\{)/g, '{ ');
}
