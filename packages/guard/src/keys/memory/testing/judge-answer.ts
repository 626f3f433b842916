/** The version of the row that a key was let in by, or why it was refused. */
export type Answer = number | string;

/** What a row was from a commit on. */
export interface Version {
  readonly isDead: boolean;
  readonly committedAtMs: number;
}

/** What is wrong with an answer that must know the row as of `versionMin` or later. */
export function judge(answer: Answer, versions: readonly Version[], versionMin: number): string | undefined {
  if (answer === 'key_store_unavailable') return undefined;
  if (typeof answer === 'number')
    return answer < versionMin ? `version ${answer} is let in, ${versionMin} was known` : undefined;
  const couldBeDead = versions.some(({ isDead }, version) => isDead && version >= versionMin);
  if (answer === 'revoked_key' && couldBeDead) return undefined;
  return `refused as ${answer}, and was not revoked from version ${versionMin} on`;
}
