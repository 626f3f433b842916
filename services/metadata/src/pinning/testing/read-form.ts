/** A multipart form (RFC 7578) read by the platform's own parser: fields as text, the file as bytes. */
export async function readForm(
  contentType: string,
  body: Buffer,
): Promise<{
  fields: Map<string, string>;
  file: { name: string; type: string; bytes: Uint8Array } | undefined;
}> {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': contentType },
  }).formData();
  const fields = new Map<string, string>();
  let file: { name: string; type: string; bytes: Uint8Array } | undefined;
  for (const [name, value] of form) {
    if (typeof value === 'string') fields.set(name, value);
    else if (name === 'file')
      file = { name: value.name, type: value.type, bytes: new Uint8Array(await value.arrayBuffer()) };
  }
  return { fields, file };
}
