/** The providers that the proxy speaks for (T6). Others that speak OpenAI's protocol are reached by `base_url`. */
export const providerNames = ['openai', 'anthropic', 'google'] as const;
export type ProviderName = (typeof providerNames)[number];

export interface KnownProvider {
  /** Where its own API is, without a slash at the end. */
  readonly baseUrl: string;
  /** What `base_url` ends with stands in the proxy's path as well, so that SDKs work by base URL alone. */
  readonly pathPrefix: string;
  /** The header that carries the account's key, lower-case. */
  keyHeader(key: string): readonly [name: string, value: string];
}

export const knownProviders: Readonly<Record<ProviderName, KnownProvider>> = {
  openai: {
    baseUrl: 'https://api.openai.com/v1',
    pathPrefix: '/v1/proxy/openai/v1',
    keyHeader: (key) => ['authorization', `Bearer ${key}`],
  },
  anthropic: {
    baseUrl: 'https://api.anthropic.com',
    pathPrefix: '/v1/proxy/anthropic',
    keyHeader: (key) => ['x-api-key', key],
  },
  google: {
    baseUrl: 'https://generativelanguage.googleapis.com',
    pathPrefix: '/v1/proxy/google',
    keyHeader: (key) => ['x-goog-api-key', key],
  },
};
