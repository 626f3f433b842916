import { createPublicKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import type { Clock } from '../../../clock.ts';
import { parseJson } from '../../../validation/parse-json.ts';

/** The public keys by which GitHub signs its reports. */
export interface GithubKeys {
  /** The key of this id; undefined when GitHub names none. Throws `GithubKeysUnavailableError`. */
  find(id: string): Promise<KeyObject | undefined>;
}

/** GitHub's keys could not be fetched, so that nobody can tell whether a report is genuine. */
export class GithubKeysUnavailableError extends Error {
  override readonly name = 'GithubKeysUnavailableError';
}

const freshMs = 60 * 60_000;
/** Anybody can send an unknown id: so often it makes us ask GitHub at most. */
const rereadMs = 60_000;
const retryMs = 10_000;
const timeoutMs = 5_000;
const answerBytesMax = 256 * 1024;

const answerSchema = z.object({
  public_keys: z
    .array(z.object({ key_identifier: z.string().min(1).max(128), key: z.string().min(1).max(2_000) }))
    .max(100),
});

/** Fetches the keys when they are first needed, keeps them for an hour, and reads again for an id that is new. */
export function createGithubKeys({ url, clock }: { url: string; clock: Clock }): GithubKeys {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let readAtMs = Number.NEGATIVE_INFINITY;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let lastFailure: GithubKeysUnavailableError | undefined;
  let reading: Promise<void> | undefined;

  const read = async (): Promise<void> => {
    triedAtMs = clock.monotonic();
    try {
      keys = await fetchKeys(url);
      readAtMs = triedAtMs;
      lastFailure = undefined;
    } catch (error) {
      lastFailure = new GithubKeysUnavailableError("GitHub's public keys could not be fetched", {
        cause: error,
      });
      throw lastFailure;
    } finally {
      reading = undefined;
    }
  };

  return {
    async find(id) {
      const nowMs = clock.monotonic();
      const areFresh = nowMs - readAtMs < freshMs;
      if (areFresh && keys.has(id)) return keys.get(id);
      if (reading === undefined && nowMs - triedAtMs < (lastFailure === undefined ? rereadMs : retryMs)) {
        // An id that is new while GitHub does not answer may well be genuine.
        if (lastFailure !== undefined) throw lastFailure;
        return undefined;
      }
      reading ??= read();
      await reading;
      return keys.get(id);
    },
  };
}

async function fetchKeys(url: string): Promise<Map<string, KeyObject>> {
  const signal = AbortSignal.timeout(timeoutMs);
  const headers = { accept: 'application/json', 'user-agent': 'Keyward' };
  const response = await fetch(url, { redirect: 'error', signal, headers });
  if (response.status !== 200 || response.body === null) {
    await response.body?.cancel();
    throw new Error(`GitHub answered ${response.status}`);
  }
  const parsed = parseJson(await readAtMost(response.body));
  if (!parsed.ok) throw new Error(`GitHub answered what is no JSON: ${parsed.message}`);
  const { public_keys: listed } = answerSchema.parse(parsed.value);
  return new Map(
    listed.flatMap(({ key_identifier: id, key }) => {
      const read = readKey(key);
      return read === undefined ? [] : [[id, read] as const];
    }),
  );
}

async function readAtMost(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of body) {
    size += piece.byteLength;
    if (size > answerBytesMax) throw new Error('GitHub answered too much');
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** ECDSA over P-256 is what GitHub documents; a key of another kind verifies nothing here. */
function readKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem);
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}
