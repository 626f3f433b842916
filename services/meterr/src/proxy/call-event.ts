import { uuidv7 } from '@keyward/guard';
import type { Catalogue } from '../prices/catalogue.ts';
import { priceModel } from '../prices/price-model.ts';
import type { ProviderName } from '../providers/known-providers.ts';
import { type Counts, totalTokens } from '../token-classes.ts';
import { contentHash } from '../usage/content-hash.ts';
import type { EventBody } from '../usage/event-body.ts';
import { type PreparedEvent, prepareEvent } from '../usage/prepare-event.ts';
import type { MeteredAnswer } from './answer-meter.ts';
import { type EstimateDeps, estimateCounts } from './estimate-counts.ts';

/** A call as its event will tell of it. */
export interface CallEvent {
  readonly requestId: string;
  readonly provider: ProviderName;
  /** That was asked for. */
  readonly model: string | undefined;
  /** The parsed request; undefined when it was not read. */
  readonly request: unknown;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly beganAtMs: number;
}

interface Pricing {
  readonly catalogue: Catalogue;
  readonly nowMs: number;
}

const unnamedModel = 'unknown';

/**
 * What a call used: as its answer says, or by the words that went in and came out, which says so. Undefined: an error, which
 * costs nothing, or a request that was not read and an answer that says nothing.
 */
export async function eventOfCall(
  deps: EstimateDeps,
  call: CallEvent,
  answer: MeteredAnswer,
  pricing: Pricing,
): Promise<PreparedEvent | undefined> {
  const about = aboutCall(call, answer);
  if (answer.usage !== undefined) {
    const prepared = prepareEvent({ ...about, usage: answer.usage }, pricing.catalogue, pricing.nowMs);
    if (prepared.ok) return prepared.event;
  }
  const said = answer.outputText();
  if (said === '' && (answer.hasFailed || call.request === undefined)) return undefined;
  const counts = await estimateCounts(deps, about.model, call.request, said);
  return estimatedEvent(about, counts, pricing, call.beganAtMs);
}

type About = EventBody & { readonly event_id: string; readonly provider: string };

function aboutCall({ requestId, provider, model, tags, beganAtMs }: CallEvent, answer: MeteredAnswer): About {
  return {
    event_id: `proxy:${requestId}`,
    provider,
    model: withoutControls(answer.model ?? model ?? unnamedModel),
    timestamp: new Date(beganAtMs).toISOString(),
    ...(tags !== null && { tags }),
  };
}

/** Names come from outside. A name is never empty and looks like what it is (V3). */
function withoutControls(model: string): string {
  const plain = model.replace(/[\p{Cc}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, '').slice(0, 200);
  return plain === '' ? unnamedModel : plain.toWellFormed();
}

function estimatedEvent(
  about: About,
  counts: Counts,
  { catalogue, nowMs }: Pricing,
  occurredAtMs: number,
): PreparedEvent {
  const body: EventBody = { ...about, ...onlyUsed(counts), metadata: { counted_by: 'estimate' } };
  const what = { provider: about.provider, model: about.model, counts, calls: 1 } as const;
  const pricing = priceModel(catalogue, what, occurredAtMs);
  return {
    id: uuidv7(nowMs),
    eventId: about.event_id,
    contentHash: contentHash(body),
    provider: catalogue.providerOf(about.provider, about.model) ?? about.provider,
    model: about.model,
    occurredAtMs,
    counts,
    totalTokens: totalTokens(counts),
    totalMismatch: false,
    ...pricing,
    priced: pricing.priced === 'exact' ? 'estimated' : pricing.priced,
    reportedCost: null,
    tags: about.tags ?? null,
    metadata: body.metadata ?? null,
  };
}

function onlyUsed(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, tokens]) => tokens > 0));
}
