import type { Clock } from '@keyward/guard';
import { and, desc, eq, ne } from 'drizzle-orm';
import { CID } from 'multiformats/cid';
import type { PinningDeps } from '../pinning-deps.ts';
import { type PinRow, pins } from '../pins-table.ts';
import type { PinProvider } from '../providers/pin-provider.ts';
import { isSameCid } from '../providers/same-cid.ts';
import type { MissingBlock } from './fetch-block.ts';
import type { GatewayRun } from './gateway-run.ts';
import { pinAgain, sendAnew, stillPinned } from './pin-again.ts';
import { type Sample, sampleDag } from './sample-dag.ts';

export interface AuditRun {
  readonly gateway: GatewayRun | undefined;
  /** How often each pin is looked at, milliseconds. */
  readonly everyMs: number;
  readonly signal: AbortSignal;
}

/** Of one pin, in one audit. A content of fewer blocks and bytes is fetched whole. */
export const auditBlocksMax = 32;
export const auditBytesMax = 8 * 1024 * 1024;
export const auditMsMax = 180_000;

/** What is doubtful is looked at again so soon, milliseconds. */
const againMs = 3600_000;
/** A block that is not found so often in a row, by a gateway that gives others, is lost. */
const failuresMax = 3;
/** What was pinned a short while ago may not have come around yet: nothing is done about it, milliseconds. */
const youngMs = 10 * 60_000;

/** Asks the provider whether it has a pin, and the gateway for blocks of it, and writes down what was found. */
export async function auditPin(deps: PinningDeps, provider: PinProvider, run: AuditRun, pin: PinRow) {
  const remote = await provider.status(pin.providerId ?? '', run.signal);
  const isThere = remote?.state === 'pinned' && isSameCid(remote.cid, pin.cid);
  if (!isThere) return pinAgain(deps, pin);
  if (run.gateway === undefined)
    return found(deps, run, pin, {
      ...{ checkResult: 'unverified', checkDetail: 'Only the provider was asked.' },
      ...{ checkBlock: null, checkBlocks: null },
    });
  const sample = await sampleOf(run.gateway, pin, run.signal, deps.clock);
  if (sample.missing === undefined) return isRetrievable(deps, run, pin, sample);
  return judgeMissing(deps, run, pin, { ...sample, ...sample.missing });
}

function sampleOf(gateway: GatewayRun, pin: PinRow, signal: AbortSignal, clock: Clock): Promise<Sample> {
  const startedMs = clock.monotonic();
  return sampleDag(CID.parse(pin.cid), {
    fetch: (cid) => gateway.fetch(cid, signal),
    first: pin.checkBlock === null || pin.checkBlock === pin.cid ? undefined : CID.parse(pin.checkBlock),
    blocksMax: auditBlocksMax,
    bytesMax: auditBytesMax,
    isOver: () => clock.monotonic() - startedMs > auditMsMax,
  });
}

function isRetrievable(deps: PinningDeps, run: AuditRun, pin: PinRow, { blocks, isWhole }: Sample) {
  return found(deps, run, pin, {
    checkResult: 'retrievable',
    checkDetail: isWhole ? 'Every block was fetched.' : 'Blocks were fetched that were chosen at random.',
    ...{ checkBlock: null, checkBlocks: blocks, checkFailures: 0, repairs: 0 },
  });
}

interface Missing {
  readonly cid: CID;
  readonly answer: MissingBlock;
  readonly blocks: number;
}

async function judgeMissing(deps: PinningDeps, run: AuditRun, pin: PinRow, missing: Missing): Promise<void> {
  const { cid, answer, blocks } = missing;
  const checkDetail = `${answer.why} The block is ${cid}.`;
  const about = { checkBlocks: blocks, checkDetail };
  if (answer.kind === 'away') return isUnknown(deps, run, pin, checkDetail);
  if (answer.kind === 'withheld')
    return found(deps, run, pin, { ...about, checkResult: 'unverified', checkBlock: null });
  const doubtful = { ...about, checkResult: 'unretrievable', checkBlock: String(cid) } as const;
  const isYoung = deps.clock.now() - (pin.pinnedAt?.getTime() ?? 0) < youngMs;
  if (isYoung || !(await isGatewayAtWork(deps, run, pin))) return found(deps, run, pin, doubtful, againMs);
  const again = await run.gateway?.fetch(cid, run.signal);
  if (again?.kind === 'block') return found(deps, run, pin, doubtful, againMs);
  if (again?.kind === 'away') return isUnknown(deps, run, pin, checkDetail);
  const checkFailures = pin.checkFailures + 1;
  if (again?.kind !== 'lost' && checkFailures < failuresMax)
    return found(deps, run, pin, { ...doubtful, checkFailures }, againMs);
  await sendAnew(deps, pin, { ...doubtful, checkResult: 'missing' });
}

/** Whether it gives other blocks: of one that gives none nothing can be told. */
async function isGatewayAtWork({ database }: PinningDeps, { gateway, signal }: AuditRun, pin: PinRow) {
  if (gateway === undefined || gateway.gaveBlocks()) return gateway !== undefined;
  const [other] = await database.orm
    .select({ cid: pins.cid })
    .from(pins)
    .where(and(eq(pins.state, 'pinned'), eq(pins.checkResult, 'retrievable'), ne(pins.cid, pin.cid)))
    .orderBy(desc(pins.checkedAt))
    .limit(1);
  return other !== undefined && (await gateway.fetch(CID.parse(other.cid), signal)).kind === 'block';
}

/** The gateway could not be asked: what was found before stays, and it is asked sooner than otherwise. */
function isUnknown(deps: PinningDeps, run: AuditRun, pin: PinRow, checkDetail: string): Promise<void> {
  // All pins are in this case at once, and each costs a question to its provider.
  const nextMs = run.everyMs / 4;
  if (pin.checkedAt !== null) return write(deps, pin, { nextCheckAt: new Date(deps.clock.now() + nextMs) });
  return found(deps, run, pin, { checkResult: 'unverified', checkDetail }, nextMs);
}

/** Nothing could be learned of it: what was found before stays, and it is looked at again a little later. */
export function putOff(deps: PinningDeps, { everyMs }: AuditRun, pin: PinRow): Promise<void> {
  return write(deps, pin, { nextCheckAt: new Date(deps.clock.now() + Math.min(againMs, everyMs)) });
}

function found(
  deps: PinningDeps,
  { everyMs }: AuditRun,
  pin: PinRow,
  result: Partial<PinRow>,
  nextMs = everyMs,
): Promise<void> {
  const nowMs = deps.clock.now();
  const nextCheckAt = new Date(nowMs + Math.min(nextMs, everyMs));
  return write(deps, pin, { checkedAt: new Date(nowMs), nextCheckAt, ...result });
}

async function write({ database }: PinningDeps, pin: PinRow, changed: Partial<PinRow>): Promise<void> {
  await database.orm.update(pins).set(changed).where(stillPinned(pin));
}
