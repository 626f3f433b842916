import { CID } from 'multiformats/cid';

/** Whether two texts name the same content: version 0 and base encodings are only other spellings of it. */
export function isSameCid(one: string, other: string): boolean {
  const [a, b] = [parsed(one), parsed(other)];
  return a !== undefined && b !== undefined && a.toV1().equals(b.toV1());
}

export function isCid(text: string): boolean {
  return parsed(text) !== undefined;
}

function parsed(text: string): CID | undefined {
  try {
    return CID.parse(text);
  } catch {
    return undefined;
  }
}
