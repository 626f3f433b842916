export interface ProviderChoices {
  /** Where calls to AI providers may go (T6). */
  readonly providers: { readonly baseUrls: readonly string[]; readonly testKeysMayPay: boolean };
  /** How long an answer is read on when its caller has gone, milliseconds; 0 ends it at once. */
  readonly proxyDrainMs: number;
}

const drainSecondsMax = 30;

/** What the proxy may do, by PROVIDER_BASE_URLS, PROVIDERS_FOR_TEST_KEYS and PROXY_WHEN_CALLER_LEAVES. */
export function providerChoices(
  values: Readonly<Record<string, string | undefined>>,
  problems: string[],
): ProviderChoices {
  const {
    PROVIDER_BASE_URLS: listed = '',
    PROVIDERS_FOR_TEST_KEYS: forTest = 'off',
    PROXY_WHEN_CALLER_LEAVES: leaves = `drain:${drainSecondsMax}s`,
  } = values;
  if (forTest !== 'on' && forTest !== 'off')
    problems.push(`PROVIDERS_FOR_TEST_KEYS must be one of on, off, not ${forTest}.`);
  return {
    providers: { baseUrls: baseUrls(listed, problems), testKeysMayPay: forTest === 'on' },
    proxyDrainMs: drainMs(leaves, problems),
  };
}

function baseUrls(listed: string, problems: string[]): string[] {
  const urls = listed.split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  return urls.map((url) => {
    const parsed = URL.canParse(url) ? new URL(url) : undefined;
    const isFit =
      parsed !== undefined &&
      /^https?:$/.test(parsed.protocol) &&
      parsed.username === '' &&
      parsed.search === '' &&
      parsed.hash === '';
    if (!isFit)
      problems.push(
        `PROVIDER_BASE_URLS must be http(s) addresses such as https://ai.example.com/v1, without user, query or fragment, not ${url}.`,
      );
    return url.replace(/\/+$/, '');
  });
}

function drainMs(text: string, problems: string[]): number {
  if (text === 'cancel') return 0;
  const seconds = Number(/^drain:([1-9]\d?)s$/.exec(text)?.[1]);
  if (seconds <= drainSecondsMax) return seconds * 1_000;
  problems.push(
    `PROXY_WHEN_CALLER_LEAVES must be "cancel" or such as "drain:30s" (at most ${drainSecondsMax}s), not ${text}.`,
  );
  return 0;
}
