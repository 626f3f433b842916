import { createHash } from 'node:crypto';
import { claimScript } from './claim-page-script.ts';
import { html, rawMarkup } from './html.ts';

const style = `
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
ul { list-style: none; margin: 0; padding: 0; }
li { border: 1px solid #8886; border-radius: .4rem; margin: .8rem 0; padding: .8rem; }
p { margin: .3rem 0; overflow-wrap: anywhere; }
input { width: 100%; padding: .6rem; font: 14px/1.4 ui-monospace, monospace; }
button { min-height: 2.75rem; margin: .5rem 0 0; padding: .4rem 1rem; font: inherit; cursor: pointer; }
:focus-visible { outline: 3px solid #48f; outline-offset: 2px; }
pre { background: #8881; padding: .6rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.problem { color: light-dark(#b00020, #ff8a8a); }
[hidden] { display: none; }
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** One script and one style by their hashes; it speaks to nobody but this server and loads nothing (H2). */
export const claimPageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; script-src ${hashOf(claimScript)}; style-src ${hashOf(style)}; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'`,
  'referrer-policy': 'no-referrer',
};

/**
 * Where the owner of rotated keys has their secrets made, each once (K8). The same for everybody: who opened it is known
 * to the browser alone, and opening it makes nothing, since mail scanners open links too.
 */
export function claimPage(publicUrl: string): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Your new API keys</title><style>${rawMarkup(style)}</style></head><body><main>
<h1>Your new API keys</h1>
<noscript><p>This page needs JavaScript. The same without it, with what follows # in the link that you were sent:</p>
<pre>curl ${publicUrl}/v1/keys/claims/list --json '{"claim":"kwc_…"}'
curl ${publicUrl}/v1/keys/claims --json '{"claim":"kwc_…","key_id":"…"}'</pre>
<p>The first command lists the keys; the second makes one and prints it, once.</p></noscript>
<div id="claim" hidden><p id="status" role="status"></p><ul id="keys"></ul><button id="more" type="button" hidden>More keys</button></div>
</main><script type="module">${rawMarkup(claimScript)}</script></body></html>`.text;
}
