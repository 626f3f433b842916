import { type Clock, isProblem, type Problem } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { HardBudgets } from '../budgets/hard-budgets.ts';
import { type Hold, releaseHold } from '../budgets/hold.ts';
import type { Catalogue, CatalogueCache } from '../prices/catalogue.ts';
import { type MeteredAnswer, noAnswer } from './answer-meter.ts';
import { type CallEvent, eventOfCall } from './call-event.ts';
import type { EstimateDeps } from './estimate-counts.ts';
import type { ProxyContext } from './forward-call.ts';
import { holdProxied, type ProxiedCall } from './hold-call.ts';
import type { UsageBook } from './usage-book.ts';

/** The account of one call. One of its methods is called, once. None rejects. */
export interface Recording {
  /** When what was reserved for the call is given back at the latest; undefined: nothing is reserved. */
  readonly expiresAtMs: number | undefined;
  /** Books what the call used, as its answer says or as it is estimated; nothing for an answer that is only an error. */
  end(answer: MeteredAnswer): Promise<void>;
  /** Books what went in: the call was given up before its answer came, and the provider may have been at work. */
  abandoned(): Promise<void>;
  /** The call cost nothing. */
  release(): Promise<void>;
}

export interface UsageRecorder {
  /** Whether what another call uses could be kept. */
  readonly hasRoom: boolean;
  /** Opens the account before the call is made; a refusal when a hard budget has no room for it (T5). */
  begin(context: ProxyContext, call: Omit<ProxiedCall, 'caller'>): Promise<Recording | Problem>;
}

export interface UsageRecorderDeps extends EstimateDeps {
  readonly database: Database;
  readonly book: UsageBook;
  readonly catalogue: CatalogueCache;
  readonly hardBudgets: HardBudgets;
  readonly clock: Clock;
  /** Hears of what could not be counted or given back. */
  readonly onError: (error: unknown) => void;
}

/** Books proxied calls as usage events under `proxy:<request id>`, once each. */
export function usageRecorder(deps: UsageRecorderDeps): UsageRecorder {
  return {
    get hasRoom() {
      return deps.book.hasRoom;
    },
    async begin(context, { provider, request, tags }) {
      // The prices as the call begins; and when it ends, none need be read from a database that may be away by then.
      const catalogue = await deps.catalogue.current();
      const { caller, requestId } = context;
      const hold = await holdProxied(deps, { caller, provider, request, tags }, catalogue);
      if (isProblem(hold)) return hold;
      const beganAtMs = hold?.heldAtMs ?? deps.clock.now();
      const { model, value } = request;
      const call: CallEvent = { requestId, provider, model, request: value, tags, beganAtMs };
      return recordingOf(deps, context, { call, hold, catalogue });
    },
  };
}

interface OpenAccount {
  readonly call: CallEvent;
  readonly hold: Hold | undefined;
  readonly catalogue: Catalogue;
}

function recordingOf(
  deps: UsageRecorderDeps,
  { caller }: ProxyContext,
  { call, hold, catalogue }: OpenAccount,
): Recording {
  const { database, book, clock, onError } = deps;
  const release = async (): Promise<void> => {
    if (hold !== undefined) await releaseHold(database, hold.id, clock.now()).catch(onError);
  };
  const record = async (answer: MeteredAnswer): Promise<void> => {
    try {
      const nowMs = clock.now();
      const event = await eventOfCall(deps, call, answer, { catalogue, nowMs });
      if (event === undefined) await release();
      else await book.book({ owner: caller, event, holdId: hold?.id, tookMs: nowMs - call.beganAtMs });
    } catch (error) {
      // What was reserved stays so until it expires: rather too much than too little.
      onError(error);
    }
  };
  return {
    expiresAtMs: hold?.expiresAtMs,
    end: record,
    abandoned: () => record(noAnswer),
    release,
  };
}
