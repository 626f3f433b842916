import { defineRoute, jsonBody, jsonBodyBytesMax, presentedMax, streamBody } from '@keyward/guard';
import { z } from 'zod';

const githubEntry = z.object({
  token_hash: z.string().length(64).describe('SHA-256 of the token, hexadecimal'),
  token_type: z.string().max(200),
  label: z.enum(['true_positive', 'false_positive']),
});

export const leaksContract = {
  revokeLeaked: defineRoute({
    method: 'POST',
    path: '/v1/keys/revoke-leaked',
    summary: 'Revoke keys that have leaked: to have a key is enough, no other credential is needed',
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { action: 'keys.report_leaked', objectType: 'key', isAdministrative: true },
    request: {
      body: jsonBody(
        z.strictObject({
          keys: z.array(z.string().min(1).max(200)).min(1).max(presentedMax),
          source: z
            .url({ protocol: /^https?$/ })
            .max(500)
            .optional()
            .describe('Where they were found'),
        }),
      ),
    },
    responses: {
      200: {
        description: 'What became of each, in order. An invented key and an unknown one look the same.',
        schema: z.object({
          data: z
            .array(
              z.object({
                prefix: z.string().max(64),
                last_four: z.string().max(4),
                result: z.enum(['revoked', 'already_dead', 'unknown']),
              }),
            )
            .max(presentedMax),
        }),
      },
    },
    errors: ['too_many_attempts', 'key_store_unavailable'],
  }),
  takeGithubReport: defineRoute({
    method: 'POST',
    path: '/v1/keys/leaks/github',
    summary: "Take a signed report of GitHub's secret scanning; done with the keys is what LEAKED_KEYS says",
    access: { kind: 'anybody' },
    limit: 'none',
    audit: { action: 'keys.report_leaked', objectType: 'key', isAdministrative: true },
    request: {
      headers: z.object({
        'github-public-key-identifier': z.string().max(128).optional(),
        'github-public-key-signature': z.string().max(200).optional(),
      }),
      body: streamBody({ bytesMax: jsonBodyBytesMax, contentTypes: ['application/json'] }),
    },
    responses: {
      200: { description: 'An answer for each entry, in order.', schema: z.array(githubEntry).max(1_000) },
    },
    errors: [
      'invalid_signature',
      'report_keys_unavailable',
      'malformed_request',
      'too_many_attempts',
      'key_store_unavailable',
    ],
  }),
};
