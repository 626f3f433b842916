import { createHash } from 'node:crypto';
import { errorCodes } from '@keyward/guard';
import { html, type Markup, rawMarkup } from './html.ts';
import { style } from './page-style.ts';

export interface ApiDescription {
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly parameters: readonly { name: string; in: string; required: boolean; schema: Schema }[];
  readonly requestBody?: { description: string; content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, { schema: Schema }>> }>
  >;
}

type Schema = Readonly<Record<string, unknown>>;

// No script, and the one style by its hash: the page needs nothing from anywhere (H2, X5).
const styleHash = createHash('sha256').update(style).digest('base64');
export const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
};

/** The API reference: one page, no script, works offline. */
export function referencePage(api: ApiDescription): string {
  const operations = Object.entries(api.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const tags = [...new Set(operations.flatMap(({ operation }) => operation.tags))];
  return page(
    api.info.title,
    html`<header><h1>${api.info.title} <small>${api.info.version}</small></h1><p>${api.info.description}</p>
      <p><a href="/openapi.json">OpenAPI 3.1</a> · <a href="/docs/errors">Error codes</a></p>
      <nav>${tags.map((tag) => html`<a href="#${tag}">${tag}</a> `)}</nav></header>
    ${tags.map(
      (tag) =>
        html`<section id="${tag}"><h2>${tag}</h2>${operations
          .filter(({ operation }) => operation.tags.includes(tag))
          .map(operationPart)}</section>`,
    )}`,
  );
}

/** Every error code with its status and remedy; problem details link here by `type`. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { status, title, remedy }]) =>
      html`<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${title}</td><td>${remedy}</td></tr>`,
  );
  return page(
    'Error codes',
    html`<header><h1>Error codes</h1><p><a href="/docs">API reference</a></p></header>
    <table><thead><tr><th>code</th><th>status</th><th>title</th><th>what to do</th></tr></thead><tbody>${rows}</tbody></table>`,
  );
}

function operationPart({
  path,
  method,
  operation,
}: {
  path: string;
  method: string;
  operation: Operation;
}): Markup {
  const { parameters, requestBody, responses } = operation;
  return html`<details id="${operation.operationId}"><summary><b>${method}</b> <code>${path}</code> ${operation.summary}</summary>
    ${operation.description === undefined ? '' : html`<p>${operation.description}</p>`}
    ${
      parameters.length === 0
        ? ''
        : html`<h4>Parameters</h4><table><tbody>${parameters.map(
            (parameter) =>
              html`<tr><td><code>${parameter.name}</code></td><td>${parameter.in}${parameter.required ? ', required' : ''}</td><td><code>${JSON.stringify(parameter.schema)}</code></td></tr>`,
          )}</tbody></table>`
    }
    ${
      requestBody === undefined
        ? ''
        : html`<h4>Body</h4><p>${requestBody.description}</p>${Object.entries(requestBody.content).map(([type, { schema }]) => schemaPart(type, schema))}`
    }
    <h4>Answers</h4>${Object.entries(responses).map(
      ([status, response]) =>
        html`<p><b>${status}</b> ${response.description}</p>${Object.entries(response.content ?? {})
          .filter(([type]) => type !== 'application/problem+json')
          .map(([type, { schema }]) => schemaPart(type, schema))}`,
    )}</details>`;
}

function schemaPart(type: string, schema: Schema): Markup {
  return html`<p>${type}</p><pre>${JSON.stringify(schema, null, 2)}</pre>`;
}

function page(title: string, body: Markup): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${rawMarkup(style)}</style></head><body><main>${body}</main></body></html>`
    .text;
}
