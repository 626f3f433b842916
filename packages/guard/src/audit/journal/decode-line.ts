import { entryColumns } from './encode-entry.ts';

type EntryColumn = (typeof entryColumns)[number];

/** The fields of a line as text, null for SQL NULL. Reads what `encodeEntry` writes, with or without the line feed. */
export function decodeLine(line: string): Record<EntryColumn, string | null> {
  const fields = (line.endsWith('\n') ? line.slice(0, -1) : line).split('\t');
  return Object.fromEntries(
    entryColumns.map((column, index) => [column, decodeField(fields[index] ?? '\\N')]),
  ) as Record<EntryColumn, string | null>;
}

const unescaped: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r' };

function decodeField(field: string): string | null {
  if (field === '\\N') return null;
  return field.replace(/\\(.)/gs, (_, character: string) => unescaped[character] ?? character);
}
