import { openColumns, personalColumns } from './leaf-columns.ts';

type Fields = Readonly<Record<string, string | null>>;

/** A receipt as the server gives it. */
export interface Receipt {
  readonly format: 'keyward-receipt/1';
  readonly entry: Fields;
  readonly personal: { readonly fields: Fields; readonly salt: string } | { readonly commitment: string };
  readonly seq: number;
  readonly proof: readonly string[];
  readonly checkpoint: string;
}

/** A receipt that proves nothing; the message says why. */
export class InvalidReceiptError extends Error {
  override readonly name = 'InvalidReceiptError';
  constructor(why: string) {
    super(`The receipt does not hold: ${why}.`);
  }
}

const proofMax = 64;

/** Anything as a receipt, with no field more or less. */
export function readReceipt(value: unknown): Receipt {
  const { format, entry, personal, seq, proof, checkpoint } = objectOf(value, 'it');
  if (format !== 'keyward-receipt/1') throw new InvalidReceiptError('its format is not keyward-receipt/1');
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0)
    throw new InvalidReceiptError('its number is none');
  if (!Array.isArray(proof) || proof.length > proofMax || !proof.every((hash) => typeof hash === 'string'))
    throw new InvalidReceiptError('its proof is no list of hashes');
  if (typeof checkpoint !== 'string') throw new InvalidReceiptError('its checkpoint is no text');
  return {
    format,
    entry: fieldsOf(entry, openColumns),
    personal: personalOf(personal),
    seq,
    proof,
    checkpoint,
  };
}

function personalOf(value: unknown): Receipt['personal'] {
  const { fields, salt, commitment } = objectOf(value, 'its personal part');
  if (typeof commitment === 'string' && fields === undefined && salt === undefined) return { commitment };
  if (typeof salt !== 'string' || commitment !== undefined)
    throw new InvalidReceiptError('its personal part has neither a salt nor a commitment');
  return { fields: fieldsOf(fields, personalColumns), salt };
}

function fieldsOf(value: unknown, columns: readonly string[]): Fields {
  const given = objectOf(value, 'its entry');
  const names = Object.keys(given);
  // A field that is not hashed would be believed without being proven.
  if (names.length !== columns.length || !columns.every((column) => Object.hasOwn(given, column)))
    throw new InvalidReceiptError('its entry has other fields than an entry of the log');
  if (!names.every((name) => given[name] === null || typeof given[name] === 'string'))
    throw new InvalidReceiptError('a field of its entry is neither a text nor null');
  return Object.fromEntries(columns.map((column) => [column, given[column] as string | null]));
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidReceiptError(`${what} is no object`);
  return value as Record<string, unknown>;
}
