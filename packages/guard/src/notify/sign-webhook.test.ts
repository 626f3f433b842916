import { expect, test } from 'vitest';
import { SealedValueError } from '../encryption/envelope.ts';
import { testKeyring } from '../testing/test-keyring.ts';
import { signWebhook } from './sign-webhook.ts';
import { newWebhookSecret, openWebhookSecret, sealWebhookSecret } from './webhook-secret.ts';

test('M4: signs as the Standard Webhooks libraries do', () => {
  const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = signWebhook(
    secret,
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330_999,
    '{"test": 2432232314}',
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

test.each(['', 'whsec_', 'whsec_c2hvcnQ=', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'])(
  'refuses the secret "%s"',
  (secret) => {
    expect(() => signWebhook(secret, 'id', 0, '')).toThrow(RangeError);
  },
);

test('M4: while a secret is being replaced both sign, and without any nothing is signed', () => {
  const [old, fresh] = [newWebhookSecret(), newWebhookSecret()];
  const signatureOf = (secret: string) => signWebhook(secret, 'id', 0, '{}')['webhook-signature'];
  const both = signWebhook([fresh, old], 'id', 0, '{}')['webhook-signature'];
  expect(both).toBe(`${signatureOf(fresh)} ${signatureOf(old)}`);
  expect(() => signWebhook([], 'id', 0, '{}')).toThrow(RangeError);
});

test('D1: a sealed secret opens in its own place alone', () => {
  const keyring = testKeyring();
  const secret = newWebhookSecret();
  const sealed = sealWebhookSecret(keyring, secret, 'webhook_secrets.sealed.1');
  expect(sealed).not.toContain(secret.slice(6));
  expect(openWebhookSecret(keyring, sealed, 'webhook_secrets.sealed.1')).toBe(secret);
  expect(() => openWebhookSecret(keyring, sealed, 'webhook_secrets.sealed.2')).toThrow(SealedValueError);
});
