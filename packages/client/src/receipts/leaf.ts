import { concat, fromBase64, sha256, utf8 } from './bytes.ts';
import { openColumns, personalColumns } from './leaf-columns.ts';
import type { Receipt } from './receipt.ts';

const leafPrefix = new Uint8Array([0x00]);

/** SHA-256(0x00 ‖ open fields ‖ tab ‖ SHA-256(salt ‖ personal fields)), as the log makes it. */
export async function leafOf({ entry, personal }: Receipt): Promise<Uint8Array> {
  const commitment =
    'fields' in personal
      ? await sha256(concat(fromBase64(personal.salt, 16), utf8(copyLine(personal.fields, personalColumns))))
      : fromBase64(personal.commitment, 32);
  return sha256(concat(leafPrefix, utf8(`${copyLine(entry, openColumns)}\t`), commitment));
}

const letters: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A line of PostgreSQL's COPY text form: no two different lists of fields come to the same line. */
function copyLine(fields: Readonly<Record<string, string | null>>, columns: readonly string[]): string {
  return columns
    .map((column) => fields[column] ?? null)
    .map((field) =>
      field === null ? '\\N' : field.replace(/[\\\b\f\n\r\t\v]/g, (each) => letters[each] ?? each),
    )
    .join('\t');
}
