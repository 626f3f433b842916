/** A field of COPY's text form as it was; null for SQL NULL. */
export function copyField(field: string): string | null {
  if (field === '\\N') return null;
  if (!field.includes('\\')) return field;
  return field.replace(/\\(.)/gs, (_, character: string) => unescaped[character] ?? character);
}

const unescaped: Readonly<Record<string, string>> = {
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The elements of a one-dimensional `text[]` in PostgreSQL's text form, such as `{a,"b,c"}`. */
export function arrayElements(text: string): string[] {
  const elements: string[] = [];
  const element = /"((?:[^"\\]|\\.)*)"|([^{},]+)/gs;
  for (const [, quoted, bare] of text.matchAll(element)) {
    elements.push(bare ?? (quoted ?? '').replace(/\\(.)/gs, '$1'));
  }
  return elements;
}
