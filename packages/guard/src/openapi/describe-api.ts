import { z } from 'zod';
import { type ErrorCode, errorCodes } from '../error-codes.ts';
import type { Body, Route } from '../route.ts';
import type { MountedRoute } from '../router.ts';

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the routes, from the declarations that validate them (X5). */
export function describeApi(
  routes: readonly MountedRoute[],
  info: { title: string; version: string; description: string },
): Json {
  const paths: Record<string, Json> = {};
  for (const mounted of routes) {
    const path = mounted.route.path.replaceAll(/:([a-z_]+)(?:\{\.\+\})?/g, '{$1}');
    paths[path] = { ...paths[path], [mounted.route.method.toLowerCase()]: operation(mounted) };
  }
  return {
    openapi: '3.1.0',
    info,
    servers: [{ url: '/' }],
    tags: [...new Set(routes.map((mounted) => mounted.service))].map((name) => ({ name })),
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key: `Authorization: Bearer sk-…`' },
        header: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

const problemSchema = z.toJSONSchema(
  z.object({
    type: z.string().max(200),
    title: z.string().max(100),
    status: z.int().min(400).max(599),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]),
    detail: z.string().max(10_000),
    errors: z
      .array(z.object({ pointer: z.string().max(1000), message: z.string().max(1000) }))
      .max(50)
      .optional(),
    request_id: z.string().max(36),
  }),
  { target: 'draft-2020-12' },
);

function operation({ name, service, route }: MountedRoute): Json {
  const needsKey = route.access.kind === 'key' || route.access.kind === 'scopes';
  return {
    operationId: name.replace('.', '_'),
    tags: [service],
    summary: route.summary,
    ...(route.access.kind === 'scopes' && { description: accessInWords(route) }),
    parameters: [
      ...parameters(route.request.params, 'path'),
      ...parameters(route.request.query, 'query'),
      ...parameters(route.request.headers, 'header'),
    ],
    // A route that passes requests on reads those without a body too.
    ...(route.request.body && route.method !== 'GET' && { requestBody: requestBody(route.request.body) }),
    responses: { ...answers(route), ...problems(route, needsKey) },
    security: needsKey ? [{ bearer: [] }, { header: [] }] : [],
  };
}

function accessInWords({ access }: Route): string {
  if (access.kind !== 'scopes') return '';
  const scopes = access.scopes.map((scope) => `\`${scope}\``).join(' and ');
  return `Needs the scope ${scopes}${access.role === undefined ? '' : ` of a key whose owner is at least ${access.role}`}.`;
}

/** The schema of what is sent (`input`) or answered (`output`). */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  }) as Json;
  return rest;
}

function parameters(schema: z.ZodObject | undefined, place: 'path' | 'query' | 'header'): Json[] {
  if (schema === undefined) return [];
  const { properties, required = [] } = jsonSchema(schema, 'input') as {
    properties: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function requestBody(body: Body): Json {
  const schema =
    body.kind === 'json'
      ? jsonSchema(body.schema, 'input')
      : { type: 'string', contentMediaType: 'application/octet-stream' };
  const types = body.kind === 'verbatim' ? ['*/*'] : body.contentTypes;
  return {
    required: true,
    description: `At most ${body.bytesMax} bytes.`,
    content: Object.fromEntries(types.map((type) => [type, { schema }])),
  };
}

function answers(route: Route): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(
      ([status, { description, schema, contentType = 'application/json' }]) => [
        status,
        {
          description,
          ...(schema && { content: { [contentType]: { schema: jsonSchema(schema, 'output') } } }),
        },
      ],
    ),
  );
}

/** Every refusal a route can give, by status: those of its own and those that its declaration brings with it. */
function problems(route: Route, needsKey: boolean): Json {
  const codes = new Set<ErrorCode>([
    'invalid_request',
    'internal_error',
    'overloaded',
    'database_unavailable',
    'audit_unavailable',
    'blocked',
    ...route.errors,
  ]);
  if (needsKey) for (const code of keyCodes) codes.add(code);
  if (route.access.kind === 'scopes') codes.add('missing_scope');
  if (route.access.kind === 'scopes' && route.access.role !== undefined)
    codes.add('insufficient_permissions');
  if (route.limit !== 'none' || !('unrecorded' in route.audit))
    codes.add('rate_limited').add('limit_store_unavailable');
  if (route.request.body !== undefined)
    codes.add('unsupported_media_type').add('body_too_large').add('malformed_json');
  const byStatus = Map.groupBy(codes, (code) => errorCodes[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, group]) => [
      status,
      {
        description: group.map((code) => `\`${code}\` ${errorCodes[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  );
}

const keyCodes: readonly ErrorCode[] = [
  'missing_credentials',
  'unsupported_scheme',
  'invalid_key',
  'expired_key',
  'revoked_key',
  'conflicting_credentials',
  'key_in_url',
  'address_not_allowed',
  'origin_not_allowed',
  'key_store_unavailable',
];
