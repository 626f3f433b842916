import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { verifyReceipt } from '@keyward/client';
import { beforeAll, expect, test } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import { createPerson, type IssuedKey, issueKey } from '../product/people-and-keys.ts';
import type { ProductUnderTest } from './product-under-test.ts';

interface Receipt {
  readonly entry: Readonly<Record<string, string | null>>;
  readonly personal: object;
}

/** Receipts, checkpoints and the verification of the audit log. */
export function describeAuditTree(given: () => ProductUnderTest): void {
  let keyward: Keyward;
  let metadata: IssuedKey;
  let stranger: IssuedKey;
  let send: ProductUnderTest['send'];
  let vkey: string;
  beforeAll(async () => {
    ({ keyward, metadata, stranger, send } = given());
    const { keys } = await keyward.cli<{ keys: string[] }>('audit', 'key');
    vkey = keys[0] as string;
  });

  /** The id of a request that was just answered, and its receipt once a checkpoint covers it. */
  async function receiptOf(asker: IssuedKey): Promise<{ requestId: string; receipt: Receipt }> {
    const answer = await send(metadata, 'GET', '/api/metadata');
    const requestId = answer.headers.get('x-request-id') as string;
    const ask = () => send(asker, 'GET', `/v1/audit/proof/${requestId}`);
    await expect.poll(async () => (await ask()).status, { timeout: 120_000, interval: 1_000 }).toBe(200);
    return { requestId, receipt: (await (await ask()).json()) as Receipt };
  }

  test('A4: the caller gets a receipt of a request, which holds offline and not when it is forged', async () => {
    const { requestId, receipt } = await receiptOf(metadata);
    const proven = await verifyReceipt(receipt, vkey);
    expect(proven.entry).toMatchObject({ request_id: requestId, path: '/api/metadata', status: '200' });
    expect(proven.personal).toMatchObject({ ip: '127.0.0.1' });
    const forged = { ...receipt, entry: { ...receipt.entry, status: '201' } };
    await expect(verifyReceipt(forged, vkey)).rejects.toThrow('not in the log');

    const file = join(keyward.dataFolder, 'receipt.json');
    await writeFile(file, JSON.stringify(receipt));
    expect(await keyward.cli('audit', 'verify-receipt', file, '--key', vkey)).toMatchObject({
      entry: { request_id: requestId },
    });
    await writeFile(file, JSON.stringify(forged));
    await expect(keyward.run('audit', 'verify-receipt', file, '--key', vkey)).rejects.toMatchObject({
      code: 1,
    });
    expect(await keyward.cli('audit', 'proof', requestId)).toMatchObject({
      entry: { request_id: requestId },
    });
  });

  test('A4, K5: nobody gets a receipt of others but who may read the log, and then without personal fields', async () => {
    await createPerson(keyward, 'ivy', 'admin');
    const auditor = await issueKey(keyward, 'ivy', { service: 'control', scopes: ['audit:read'] });
    const { requestId, receipt } = await receiptOf(auditor);
    expect(Object.keys(receipt.personal)).toEqual(['commitment']);
    expect((await verifyReceipt(receipt, vkey)).personal).toBeUndefined();
    const asked = await send(stranger, 'GET', `/v1/audit/proof/${requestId}`);
    const invented = requestId.replace(/.{6}$/, 'abcdef');
    const other = await send(stranger, 'GET', `/v1/audit/proof/${invented}`);
    expect([asked.status, await asked.text()].slice(0, 1)).toEqual([other.status]);
    const old = '01890000-0000-7000-8000-000000000000';
    expect((await send(metadata, 'GET', `/v1/audit/proof/${old}`)).status).toBe(404);
    expect((await send(undefined, 'GET', `/v1/audit/proof/${requestId}`)).status).toBe(401);
  });

  test('A4: the newest checkpoint is there for everybody', async () => {
    const answer = await send(undefined, 'GET', '/v1/audit/checkpoint');
    expect(answer.headers.get('content-type')).toMatch('text/plain');
    expect(await answer.text()).toMatch(vkey.split('+')[0] as string);
  });

  test('A4: the log of the running product verifies with its public key and its copy of the checkpoints', async () => {
    const copy = join(keyward.dataFolder, 'audit', 'checkpoints');
    // The copy follows the checkpoint by itself.
    await expect.poll(() => readdir(copy).catch(() => []), { timeout: 60_000 }).not.toEqual([]);
    const result = await keyward.cli('audit', 'verify', '--key', vkey, '--checkpoints', copy);
    expect(result).toMatchObject({ sound: true, findings: [] });
    expect(result.entries).toBeGreaterThan(3);
    expect(result.checkpoints_outside).toBeGreaterThan(0);
    const other = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
    await expect(keyward.run('audit', 'verify', '--key', other)).rejects.toMatchObject({
      code: 1,
      stdout: expect.stringContaining('checkpoint_foreign'),
    });
    await expect(keyward.run('audit', 'verify', '--key', 'nonsense')).rejects.toMatchObject({ code: 2 });
  });
}
