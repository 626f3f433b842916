/** The headers of every answer, errors included, written out once more by hand (H1, H2). */
export const headersOfEveryAnswer: readonly (readonly [name: string, value: string | null])[] = [
  ['strict-transport-security', 'max-age=31536000; includeSubDomains'],
  ['x-content-type-options', 'nosniff'],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'strict-origin-when-cross-origin'],
  ['permissions-policy', 'geolocation=(), microphone=(), camera=()'],
  ['cross-origin-opener-policy', 'same-origin'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['content-security-policy', "default-src 'none'; frame-ancestors 'none'"],
  ['x-xss-protection', '0'],
  ['cache-control', 'no-store'],
  ['server', null],
  ['x-powered-by', null],
];
