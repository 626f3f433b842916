import { type KnownProvider, knownProviders, type ProviderName } from './known-providers.ts';

/** What operators allow the proxy to do. */
export interface ProviderPolicy {
  /** Base URLs besides the providers' own (PROVIDER_BASE_URLS), without a slash at the end. */
  readonly baseUrls: readonly string[];
  /** Whether `test` keys may reach a provider's own address, which costs money. */
  readonly testKeysMayPay: boolean;
}

export type JudgedBaseUrl = { readonly baseUrl: string } | { readonly wrong: string };

/**
 * The address that an account's calls go to. Only the provider's own, or one that the operator has listed, letter for
 * letter: a caller who could choose would send our requests into the operator's network.
 */
export function judgeBaseUrl(
  provider: ProviderName,
  wanted: string | undefined,
  environment: 'live' | 'test',
  policy: ProviderPolicy,
): JudgedBaseUrl {
  const known: KnownProvider = knownProviders[provider];
  const baseUrl = wanted === undefined ? known.baseUrl : withoutSlash(wanted);
  if (baseUrl === known.baseUrl) {
    if (environment === 'live' || policy.testKeysMayPay) return { baseUrl };
    return { wrong: 'Test keys do not reach paid providers here: name a base_url of PROVIDER_BASE_URLS' };
  }
  if (policy.baseUrls.includes(baseUrl)) return { baseUrl };
  return { wrong: "Must be the provider's own address or one of the operator's list (PROVIDER_BASE_URLS)" };
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
