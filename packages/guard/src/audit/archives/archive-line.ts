import { createHmac } from 'node:crypto';
import { seal, unseal } from '../../encryption/envelope.ts';
import { saltBytes } from '../tree/leaf.ts';
import type { Month } from './month.ts';
import type { PersonKey } from './person-keys.ts';

/** One row in an archive: a line of JSON. */
export interface ArchiveLine {
  readonly seq: number;
  /** The open part of its leaf, as COPY wrote it. */
  readonly open: string;
  /** Base64. */
  readonly commitment: string;
  /** Ids of the keys that all are needed to open `sealed`. */
  readonly keys: readonly string[];
  /** Salt and personal part, encrypted; null when they had been erased before. */
  readonly sealed: string | null;
}

export interface PersonalPart {
  readonly salt: Buffer;
  /** As COPY wrote it. */
  readonly personal: Buffer;
}

/** Encrypts the personal part so that each of the keys is needed (D1); null when one of them is destroyed. */
export function sealPersonalPart(
  { salt, personal }: PersonalPart,
  keys: readonly PersonKey[],
  month: Month,
  seq: number,
): string | null {
  const key = jointKey(keys);
  return key === undefined ? null : seal(Buffer.concat([salt, personal]), key, place(month, seq));
}

/** What `sealPersonalPart` made; undefined when a key is destroyed. Throws `SealedValueError` when it was altered. */
export function openPersonalPart(
  sealed: string,
  keys: readonly PersonKey[],
  month: Month,
  seq: number,
): PersonalPart | undefined {
  const key = jointKey(keys);
  if (key === undefined) return undefined;
  const bytes = unseal(sealed, (id) => (id === key.id ? key.material : undefined), place(month, seq));
  return { salt: bytes.subarray(0, saltBytes), personal: bytes.subarray(saltBytes) };
}

/** One key as it is; of several one that none of them alone, nor all but one, gives. */
function jointKey(keys: readonly PersonKey[]): { id: string; material: Buffer } | undefined {
  const materials = keys.map(({ material }) => material).filter((material) => material !== undefined);
  const [first] = materials;
  if (first === undefined || materials.length < keys.length) return undefined;
  if (materials.length === 1) return { id: keys[0]?.id ?? '', material: first };
  const joint = createHmac('sha256', Buffer.concat(materials)).update(
    'keyward audit archive, several people',
  );
  return { id: 'joint', material: joint.digest() };
}

const place = (month: Month, seq: number): string => `audit_archives.${month}.${seq}`;
