import type { StoreOptions } from '@keyward/metadata';
import { imageKitPlans, parseS3Url } from '@keyward/metadata/store-settings';
import { httpsOrLoopback } from './addresses-in-settings.ts';

export interface StoreChoices {
  /** Where media lie besides the local disk (N6). Secrets are in it: it is never printed. */
  readonly stores: StoreOptions;
  /** Whether webhooks may go to private and loopback addresses (N7). */
  readonly webhookPrivateAddressesAllowed: boolean;
}

type Values = Readonly<Record<string, string | undefined>>;

/**
 * Stores of media by S3_URL and IMAGEKIT_…, and WEBHOOK_PRIVATE_ADDRESSES. No message repeats a value that may be secret.
 */
export function storeChoices(values: Values, problems: string[]): StoreChoices {
  const { S3_URL: s3Url, WEBHOOK_PRIVATE_ADDRESSES: privateAddresses = 'refuse' } = values;
  if (s3Url !== undefined && parseS3Url(s3Url) === undefined)
    problems.push('S3_URL must be such as s3://bucket/prefix?endpoint=https://s3.example.com&region=eu-1.');
  if (privateAddresses !== 'allow' && privateAddresses !== 'refuse')
    problems.push(`WEBHOOK_PRIVATE_ADDRESSES must be one of allow, refuse, not ${privateAddresses}.`);
  return {
    stores: { s3Url, imageKit: imageKit(values, problems) },
    webhookPrivateAddressesAllowed: privateAddresses === 'allow',
  };
}

function imageKit(values: Values, problems: string[]): StoreOptions['imageKit'] {
  const {
    IMAGEKIT_PRIVATE_KEY: privateKey,
    IMAGEKIT_URL_ENDPOINT: urlEndpoint,
    IMAGEKIT_PLAN: planName = 'free',
    IMAGEKIT_API_URL: apiUrl,
  } = values;
  if ((privateKey === undefined) !== (urlEndpoint === undefined))
    problems.push('IMAGEKIT_PRIVATE_KEY and IMAGEKIT_URL_ENDPOINT are set together or not at all.');
  if (privateKey !== undefined && !/^[\x21-\x39\x3b-\x7e]{8,200}$/.test(privateKey))
    problems.push('IMAGEKIT_PRIVATE_KEY must be 8 to 200 visible ASCII characters without a colon.');
  for (const [name, url] of Object.entries({
    IMAGEKIT_URL_ENDPOINT: urlEndpoint,
    IMAGEKIT_API_URL: apiUrl,
  })) {
    if (url !== undefined) httpsOrLoopback(name, url, problems);
  }
  const plan = imageKitPlans.find((one) => one === planName);
  if (plan === undefined)
    problems.push(`IMAGEKIT_PLAN must be one of ${imageKitPlans.join(', ')}, not ${planName}.`);
  if (privateKey === undefined || urlEndpoint === undefined || plan === undefined) return undefined;
  return {
    ...{ privateKey, plan },
    urlEndpoint: urlEndpoint.replace(/\/+$/, ''),
    apiUrl: apiUrl?.replace(/\/+$/, ''),
  };
}
