import { hash, verify } from '@node-rs/bcrypt';
import { type Problem, refuse } from '../../reply.ts';

/** bcrypt reads no more than this of a text, and would take longer texts with the same beginning for the same. */
export const bcryptBytesMax = 72;
/** 2^12 rounds: about 0.2 s (OWASP asks for 10 or more). */
const cost = 12;
/** Runs at a time in this process, whoever asks: each keeps a core busy (K3). */
const runningMax = 2;

/** The bcrypt hash of a text; 422 for one that bcrypt would not read to its end (K3). Runs off the serving thread. */
export async function hashWithBcrypt(text: string): Promise<string | Problem> {
  if (Buffer.byteLength(text) > bcryptBytesMax) {
    return refuse('invalid_request', {
      detail: `bcrypt reads ${bcryptBytesMax} bytes and this key has ${Buffer.byteLength(text)}; keep it as hmac-sha256, or give the service a shorter name.`,
    });
  }
  if (text.includes('\0')) {
    return refuse('invalid_request', { detail: 'bcrypt cannot be trusted with a NUL byte.' });
  }
  return withSlot(() => hash(text, { cost, version: '2b', rejectLongPasswords: true }));
}

/** Whether a text has this bcrypt hash. One that bcrypt would not read to its end has none, without a run (K3). */
export async function hasBcryptHash(text: string, bcryptHash: string): Promise<boolean> {
  if (!fitsBcrypt(text)) return false;
  return withSlot(() => verify(text, bcryptHash));
}

/** Whether bcrypt reads the text as it is and to its end. */
export function fitsBcrypt(text: string): boolean {
  return Buffer.byteLength(text) <= bcryptBytesMax && !text.includes('\0');
}

/** Whether a stored hash is one of bcrypt. */
export function isBcryptHash(keyHash: string | null): keyHash is string {
  return keyHash?.startsWith('$2') === true;
}

let running = 0;
const waiting: (() => void)[] = [];

async function withSlot<T>(run: () => Promise<T>): Promise<T> {
  if (running >= runningMax) await new Promise<void>((resolve) => waiting.push(resolve));
  else running += 1;
  try {
    return await run();
  } finally {
    // The slot goes from hand to hand, so that nobody slips in between.
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}
