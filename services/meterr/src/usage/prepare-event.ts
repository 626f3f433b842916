import { type FieldError, uuidv7 } from '@keyward/guard';
import { type Money, money } from '../money.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import { type Pricing, priceModel } from '../prices/price-model.ts';
import { type CountedClass, type Counts, countedClasses, noCounts, totalTokens } from '../token-classes.ts';
import { contentHash } from './content-hash.ts';
import type { EventBody } from './event-body.ts';
import { normalizeUsage } from './normalize/normalize-usage.ts';

/** An event as it will be stored: counted, priced, with nothing left to decide. */
export interface PreparedEvent extends Pricing {
  readonly id: string;
  readonly eventId: string;
  readonly contentHash: Buffer;
  readonly provider: string;
  readonly model: string;
  readonly occurredAtMs: number;
  readonly counts: Counts;
  readonly totalTokens: number;
  readonly totalMismatch: boolean;
  readonly reportedCost: Money | null;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly metadata: Readonly<Record<string, string>> | null;
}

export type Prepared =
  | { readonly ok: true; readonly event: PreparedEvent }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** How far ahead a client's clock may be. */
const futureMaxMs = 5 * 60_000;
/** Stands for a provider that was neither named nor known by the model. */
const unknownProvider = 'unknown';

/** Counts and prices an event at the moment it happened. Pointers in errors are relative to the event. */
export function prepareEvent(body: EventBody, catalogue: Catalogue, nowMs: number): Prepared {
  const occurredAtMs = body.timestamp === undefined ? nowMs : Date.parse(body.timestamp);
  const wrongTime = judgeTime(occurredAtMs, nowMs);
  if (wrongTime !== undefined) return refused('/timestamp', wrongTime);
  const provider = catalogue.providerOf(body.provider, body.model);
  const counted = countEvent(body, provider);
  if (!counted.ok) return counted;
  const { counts, totalMismatch } = counted;
  const id = uuidv7(nowMs);
  return {
    ok: true,
    event: {
      id,
      eventId: body.event_id ?? id,
      contentHash: contentHash(body),
      provider: provider ?? body.provider ?? unknownProvider,
      model: body.model,
      occurredAtMs,
      counts,
      totalTokens: totalTokens(counts),
      totalMismatch,
      ...priceModel(
        catalogue,
        { provider: body.provider, model: body.model, counts, calls: 1 },
        occurredAtMs,
      ),
      reportedCost: body.reported_cost === undefined ? null : money(body.reported_cost),
      tags: body.tags ?? null,
      metadata: body.metadata ?? null,
    },
  };
}

type Counted =
  | { readonly ok: true; readonly counts: Counts; readonly totalMismatch: boolean }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

function countEvent(body: EventBody, provider: string | undefined): Counted {
  const isGiven = (name: CountedClass): boolean => body[name] !== undefined;
  if (body.usage !== undefined) {
    const both = countedClasses.find(isGiven);
    if (both !== undefined) return refused(`/${both}`, 'Send either counts or usage, not both');
    return normalizeUsage(provider, body.usage);
  }
  const given = countedClasses.filter(isGiven);
  if (given.length === 0) return refused('/usage', 'Send usage, or counts such as input_tokens');
  const counts = { ...noCounts, ...Object.fromEntries(given.map((name) => [name, body[name]])) } as Counts;
  if (!Number.isSafeInteger(totalTokens(counts))) return refused('/input_tokens', 'The sum passes 2^53 − 1');
  return { ok: true, counts, totalMismatch: false };
}

function judgeTime(atMs: number, nowMs: number): string | undefined {
  if (Number.isNaN(atMs) || atMs < 0) return 'Must not be before 1970';
  if (atMs > nowMs + futureMaxMs) return 'Must not be more than 5 minutes ahead';
  return undefined;
}

function refused(pointer: string, message: string): { ok: false; errors: readonly FieldError[] } {
  return { ok: false, errors: [{ pointer, message }] };
}
