import { randomFillSync } from 'node:crypto';

/** What follows the time: version, variant and 74 random bits, in hexadecimal 20 digits. */
const tailBytes = 10;
const tailsAtOnce = 256;
const random = Buffer.alloc(tailBytes * tailsAtOnce);
let tails = '';
let used = 0;

let lastMs = -1;
let headOfLastMs = '';

/** UUID version 7 (RFC 9562): sorts by time, so that indexes grow at one end. `nowMs` is Unix milliseconds. */
export function uuidv7(nowMs: number): string {
  if (used === tails.length) drawTails();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    const time = Math.floor(nowMs).toString(16).padStart(12, '0');
    headOfLastMs = `${time.slice(0, 8)}-${time.slice(8)}`;
  }
  const at = used;
  used += 2 * tailBytes;
  return `${headOfLastMs}-${tails.slice(at, at + 4)}-${tails.slice(at + 4, at + 8)}-${tails.slice(at + 8, used)}`;
}

// Drawn and written as text many at a time: one by one they would be the dearest part of an id.
function drawTails(): void {
  randomFillSync(random);
  for (let at = 0; at < random.length; at += tailBytes) {
    random[at] = ((random[at] as number) & 0x0f) | 0x70;
    random[at + 2] = ((random[at + 2] as number) & 0x3f) | 0x80;
  }
  tails = random.toString('hex');
  used = 0;
}
