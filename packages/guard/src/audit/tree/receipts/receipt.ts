import type { openColumns, personalColumns } from '../leaf.ts';

export type OpenFields = Readonly<Record<(typeof openColumns)[number], string | null>>;
export type PersonalFields = Readonly<Record<(typeof personalColumns)[number], string | null>>;

/** What proves that an entry is in the log, to whoever has the log's public key and nothing else. Bytes are base64. */
export interface Receipt {
  readonly format: 'keyward-receipt/1';
  /** The fields as PostgreSQL writes them as text. */
  readonly entry: OpenFields;
  /** With their salt, for whom they are about; else, and when they were erased, only what they are committed to. */
  readonly personal:
    | { readonly fields: PersonalFields; readonly salt: string }
    | { readonly commitment: string };
  readonly seq: number;
  /** Siblings from the leaf up (RFC 9162, 2.1.3). */
  readonly proof: readonly string[];
  /** A C2SP signed note. */
  readonly checkpoint: string;
}
