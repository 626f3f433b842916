export interface SecurityHeaderOptions {
  /** Sends `preload` with HSTS; it cannot be undone quickly. Default false. */
  readonly hstsPreload?: boolean;
  /** Seconds. Default one year. */
  readonly hstsMaxAge?: number;
}

/** The headers of every answer, errors included (H1). Usable alone. Names are lower-case. */
export function securityHeaders(options: SecurityHeaderOptions = {}): Readonly<Record<string, string>> {
  const { hstsPreload = false, hstsMaxAge = 31_536_000 } = options;
  return Object.freeze({
    'strict-transport-security': `max-age=${hstsMaxAge}; includeSubDomains${hstsPreload ? '; preload' : ''}`,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'strict-origin-when-cross-origin',
    'permissions-policy': 'geolocation=(), microphone=(), camera=()',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    // The old filter is gone from browsers and was itself exploitable: off, said explicitly.
    'x-xss-protection': '0',
    // An API answer loads nothing (H2); pages bring a policy of their own.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  });
}

/** Puts the security headers on a response of any framework that speaks the web standard (X3); those set already stay. */
export function withSecurityHeaders(response: Response, options: SecurityHeaderOptions = {}): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(securityHeaders(options))) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.delete('server');
  headers.delete('x-powered-by');
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
