import { expect, test } from 'vitest';
import { storeChoices } from './store-choices.ts';

const imageKit = {
  IMAGEKIT_PRIVATE_KEY: 'private_0123456789',
  IMAGEKIT_URL_ENDPOINT: 'https://ik.imagekit.io/me/',
};

test('N6, N7: without settings files lie on the local disk alone and webhooks go to public addresses alone', () => {
  const problems: string[] = [];
  expect(storeChoices({}, problems)).toEqual({
    stores: { s3Url: undefined, imageKit: undefined },
    webhookPrivateAddressesAllowed: false,
  });
  expect(problems).toEqual([]);
});

test('N6: stores are read whole', () => {
  const problems: string[] = [];
  const s3 = 's3://key:secret@bucket/pre/fix?endpoint=https://s3.example.com&region=eu-1';
  const choices = storeChoices({ ...imageKit, S3_URL: s3, WEBHOOK_PRIVATE_ADDRESSES: 'allow' }, problems);
  expect(choices).toEqual({
    stores: {
      s3Url: s3,
      imageKit: {
        privateKey: 'private_0123456789',
        urlEndpoint: 'https://ik.imagekit.io/me',
        plan: 'free',
        apiUrl: undefined,
      },
    },
    webhookPrivateAddressesAllowed: true,
  });
  expect(problems).toEqual([]);
});

test.each([
  [{ S3_URL: 'https://user:hidden@s3.example.com' }, 'S3_URL must be'],
  [{ S3_URL: 's3://key:hidden@bucket?acl=public' }, 'S3_URL must be'],
  [{ S3_URL: 's3://keyhidden@bucket' }, 'S3_URL must be'],
  [{ IMAGEKIT_PRIVATE_KEY: 'private_hidden' }, 'set together'],
  [{ ...imageKit, IMAGEKIT_PRIVATE_KEY: 'hidden:hidden' }, 'IMAGEKIT_PRIVATE_KEY must be'],
  [{ ...imageKit, IMAGEKIT_URL_ENDPOINT: 'http://ik.example.com' }, 'IMAGEKIT_URL_ENDPOINT must be'],
  [{ ...imageKit, IMAGEKIT_PLAN: 'huge' }, 'IMAGEKIT_PLAN must be one of free, lite, pro, not huge.'],
  [{ WEBHOOK_PRIVATE_ADDRESSES: 'yes' }, 'WEBHOOK_PRIVATE_ADDRESSES must be one of allow, refuse'],
])('D3: %j is named as a problem, without what is secret', (values, problem) => {
  const problems: string[] = [];
  storeChoices(values, problems);
  expect(problems).toEqual([expect.stringContaining(problem)]);
  expect(problems.join()).not.toContain('hidden');
});
