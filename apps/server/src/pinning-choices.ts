import type { PinningSettings } from '@keyward/metadata';

export interface PinningChoices {
  /** Where contents are pinned on IPFS (N6). Secrets are in it: it is never printed. */
  readonly pinning: PinningSettings;
}

type Values = Readonly<Record<string, string | undefined>>;

const defaultRequestsPerMinute = 60;

/** Pinning, by PINATA_…, PINNING_SERVICE_… and PINNING_…. No message repeats a value that may be secret. */
export function pinningChoices(values: Values, problems: string[]): PinningChoices {
  const requests = (name: string) => requestsPerMinute(name, values[name], problems);
  const { PINATA_JWT: jwt, PINNING_SERVICE_URL: serviceUrl, PINNING_SERVICE_TOKEN: token } = values;
  if ((serviceUrl === undefined) !== (token === undefined))
    problems.push('PINNING_SERVICE_URL and PINNING_SERVICE_TOKEN are set together or not at all.');
  for (const [name, secret] of Object.entries({ PINATA_JWT: jwt, PINNING_SERVICE_TOKEN: token })) {
    if (secret !== undefined && !/^[\x21-\x7e]{8,4096}$/.test(secret))
      problems.push(`${name} must be 8 to 4096 visible ASCII characters.`);
  }
  const address = (name: string) => providerAddress(name, values[name], problems);
  const pinataUrls = { apiUrl: address('PINATA_API_URL'), uploadsUrl: address('PINATA_UPLOADS_URL') };
  const perMinute = {
    pinata: requests('PINATA_REQUESTS_PER_MINUTE'),
    service: requests('PINNING_SERVICE_REQUESTS_PER_MINUTE'),
    gateway: requests('PINNING_GATEWAY_REQUESTS_PER_MINUTE'),
  };
  const url = address('PINNING_SERVICE_URL');
  const origins = multiaddrs(values.PINNING_SERVICE_ORIGINS, problems);
  return {
    pinning: {
      pinata:
        jwt === undefined
          ? undefined
          : {
              ...pinataUrls,
              token: jwt,
              requestsPerMinute: perMinute.pinata,
              groupId: values.PINATA_GROUP,
            },
      service:
        url === undefined || token === undefined
          ? undefined
          : { url, token, origins, requestsPerMinute: perMinute.service },
      gatewayUrl: address('PINNING_GATEWAY_URL'),
      gatewayRequestsPerMinute: perMinute.gateway,
      settleMs: seconds('PINNING_DELAY', values.PINNING_DELAY ?? '10s', problems),
      auditEveryMs: seconds('PINNING_AUDIT_EVERY', values.PINNING_AUDIT_EVERY ?? '24h', problems),
    },
  };
}

/** By http anybody on the way could read the token. */
function providerAddress(name: string, text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const url = URL.parse(text);
  const isLoopback =
    url !== null &&
    (url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.[\d.]+$/.test(url.hostname));
  const isFit =
    url !== null &&
    (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback)) &&
    url.username === '' &&
    url.search === '' &&
    url.hash === '';
  if (!isFit)
    problems.push(
      `${name} must be a URL that begins https://, without user or query; http:// for this machine alone.`,
    );
  return text.replace(/\/+$/, '');
}

function requestsPerMinute(name: string, text: string | undefined, problems: string[]): number {
  if (text === undefined) return defaultRequestsPerMinute;
  if (!/^[1-9]\d{0,5}$/.test(text))
    problems.push(`${name} must be a whole number from 1 to 999999, not ${text}.`);
  return Number(text);
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000 } as const;

function seconds(name: string, text: string, problems: string[]): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,4})([smh])$/.exec(text) ?? [];
  if (count === '') problems.push(`${name} must be such as 10s, 5m or 24h, not ${text}.`);
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}

const originsMax = 20;

/** Multiaddrs (`/dns4/ipfs.example.com/tcp/4001/p2p/…`), separated by commas; a pinning service takes 20. */
function multiaddrs(text: string | undefined, problems: string[]): string[] {
  const list = (text ?? '').split(',').flatMap((item) => (item.trim() === '' ? [] : [item.trim()]));
  if (list.length > originsMax || list.some((item) => !/^(\/[\x21-\x2e\x30-\x7e]+)+$/.test(item)))
    problems.push(
      'PINNING_SERVICE_ORIGINS must be at most 20 multiaddrs such as /dns4/ipfs.example.com/tcp/4001.',
    );
  return list;
}
