import { type Clock, uuidv7 } from '@keyward/guard';
import type { CatalogueCache } from '../prices/catalogue.ts';
import { priceModel } from '../prices/price-model.ts';
import type { ProviderName } from '../providers/known-providers.ts';
import { type Counts, totalTokens } from '../token-classes.ts';
import { contentHash } from '../usage/content-hash.ts';
import type { EventBody } from '../usage/event-body.ts';
import { type PreparedEvent, prepareEvent } from '../usage/prepare-event.ts';
import type { MeteredAnswer } from './answer-meter.ts';
import { type EstimateDeps, estimateCounts } from './estimate-counts.ts';
import type { OutgoingRequest, ProxyContext } from './forward-call.ts';
import type { UsageBook } from './usage-book.ts';

/** The account of one call. */
export interface Recording {
  /** Books what the call used, as its answer says or as it is estimated; nothing for an answer without either. */
  end(answer: MeteredAnswer): Promise<void>;
}

export interface UsageRecorder {
  /** Whether what another call uses could be kept. */
  readonly hasRoom: boolean;
  begin(context: ProxyContext, provider: ProviderName, request: OutgoingRequest): Recording;
}

export interface UsageRecorderDeps extends EstimateDeps {
  readonly book: UsageBook;
  readonly catalogue: CatalogueCache;
  readonly clock: Clock;
}

const unnamedModel = 'unknown';

/** Books proxied calls as usage events under `proxy:<request id>`, once each. */
export function usageRecorder(deps: UsageRecorderDeps): UsageRecorder {
  const { book, clock } = deps;
  return {
    get hasRoom() {
      return book.hasRoom;
    },
    begin(context, provider, request) {
      const beganAtMs = clock.now();
      return {
        async end(answer) {
          const model = (answer.model ?? request.model ?? unnamedModel).slice(0, 200);
          const about = {
            event_id: `proxy:${context.requestId}`,
            provider,
            model,
            timestamp: isoTime(beganAtMs),
          };
          const event =
            (await reported(deps, about, answer)) ?? (await estimated(deps, about, request, answer));
          if (event !== undefined) await book.book(context.caller, event);
        },
      };
    },
  };
}

type About = EventBody & { readonly event_id: string; readonly provider: string; readonly timestamp: string };

/** Undefined: the answer says nothing that can be counted. */
async function reported(
  { catalogue, clock }: UsageRecorderDeps,
  about: About,
  { usage }: MeteredAnswer,
): Promise<PreparedEvent | undefined> {
  if (usage === undefined) return undefined;
  const prepared = prepareEvent({ ...about, usage }, await catalogue.current(), clock.now());
  return prepared.ok ? prepared.event : undefined;
}

/** By the words that went in and came out. An answer without any of them is none that cost something. */
async function estimated(
  deps: UsageRecorderDeps,
  about: About,
  request: OutgoingRequest,
  { text }: MeteredAnswer,
): Promise<PreparedEvent | undefined> {
  if (text === '') return undefined;
  const counts = await estimateCounts(deps, about.model, request.value, text);
  const body: EventBody = { ...about, ...onlyUsed(counts), metadata: { counted_by: 'estimate' } };
  const catalogue = await deps.catalogue.current();
  const occurredAtMs = Date.parse(about.timestamp);
  const what = { provider: about.provider, model: about.model, counts, calls: 1 } as const;
  const pricing = priceModel(catalogue, what, occurredAtMs);
  return {
    id: uuidv7(deps.clock.now()),
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
    tags: null,
    metadata: body.metadata ?? null,
  };
}

function onlyUsed(counts: Counts): Partial<Counts> {
  return Object.fromEntries(Object.entries(counts).filter(([, tokens]) => tokens > 0));
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
