import { defineRoute, type Route, verbatimBody } from '@keyward/guard';
import { z } from 'zod';
import { knownProviders, type ProviderName } from '../providers/known-providers.ts';
import { tagsHeader, tagsHeaderCharactersMax } from './call-tags.ts';

/** What the providers themselves take at most: images and audio travel within the request. */
const requestBytesMax = 64 * 1024 * 1024;

type ProxyMethod = 'GET' | 'POST' | 'DELETE';

/** Passes calls on to AI providers and counts what they use (T6). */
export const proxyContract = {
  getFromOpenai: passOn('GET', 'openai'),
  callOpenai: passOn('POST', 'openai'),
  deleteAtOpenai: passOn('DELETE', 'openai'),
  getFromAnthropic: passOn('GET', 'anthropic'),
  callAnthropic: passOn('POST', 'anthropic'),
  deleteAtAnthropic: passOn('DELETE', 'anthropic'),
  getFromGoogle: passOn('GET', 'google'),
  callGoogle: passOn('POST', 'google'),
  deleteAtGoogle: passOn('DELETE', 'google'),
};

export type ProxyRouteName = keyof typeof proxyContract;

function passOn<M extends ProxyMethod>(method: M, provider: ProviderName) {
  return defineRoute({
    method,
    path: `${knownProviders[provider].pathPrefix}/:path{.+}`,
    summary: `Pass a call on to ${provider} with the account's own key, and record what it used`,
    access: { kind: 'scopes', scopes: ['providers:use'] },
    limit: 'key',
    audit: { action: 'providers.call', objectType: 'provider_account' },
    request: {
      params: z.strictObject({ path: z.string().max(2000) }),
      headers: z.object({
        [tagsHeader]: z
          .string()
          .max(tagsHeaderCharactersMax)
          .optional()
          .describe('Tags of the call, such as team=a,feature=b: summed, and held to their budgets'),
      }),
      body: verbatimBody(requestBytesMax),
    },
    responses: { 200: { description: "The provider's answer, whatever its status, as it came" } },
    errors: [
      'budget_spent',
      'unpriced_model',
      'provider_not_connected',
      'provider_refused',
      'provider_unavailable',
      'provider_timeout',
      'overloaded',
    ],
    ...(provider === 'google' && { credentialHeader: 'x-goog-api-key' }),
  } satisfies Route);
}
