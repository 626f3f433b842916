/**
 * `Content-Disposition` for a display name (U1, RFC 6266): a plain `filename` for everybody, and the name itself in
 * `filename*` (RFC 8187). `name` is well-formed Unicode.
 */
export function contentDisposition(name: string): string {
  const plain = name.replace(/[^a-zA-Z0-9.-]/g, '_');
  const full = encodeURIComponent(name).replace(
    /['()*!]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `inline; filename="${plain}"; filename*=UTF-8''${full}`;
}
