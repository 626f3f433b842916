/**
 * The canonical form of a web origin (`https://app.example.com`, `http://localhost:3000`); undefined for anything else:
 * `null`, a path, user info, a wildcard, another scheme.
 */
export function parseOrigin(text: string): string | undefined {
  if (!/^https?:\/\/[a-z0-9.[\]:-]+$/i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.username === '' && url.password === '' && url.pathname === '/' ? url.origin : undefined;
}
