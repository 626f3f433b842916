import { bytes, type Clock, type Handlers, json, page, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { isId } from '../fields.ts';
import type { CatalogueCache } from '../prices/catalogue.ts';
import type { usageContract } from './contract.ts';
import { costBreakdown } from './cost-breakdown.ts';
import { exportEvents } from './export-events.ts';
import { listEvents, readEvent } from './list-events.ts';
import { prepareEvent } from './prepare-event.ts';
import { recordBatch } from './record-batch.ts';
import { recordEvents } from './record-events.ts';
import { eventAnswer } from './stored-event.ts';

export interface UsageDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly catalogue: CatalogueCache;
}

export function usageHandlers({ database, clock, catalogue }: UsageDeps): Handlers<typeof usageContract> {
  return {
    async recordUsage({ body, query }, context) {
      const nowMs = clock.now();
      const prepared = prepareEvent(body, await catalogue.current(), nowMs);
      if (!prepared.ok) return refuse('invalid_request', { errors: prepared.errors });
      const [recorded] = await recordEvents(database, context.caller, [prepared.event], nowMs);
      if (recorded === undefined || recorded.status === 'conflict') return refuse('event_conflict');
      context.audited(recorded.event.id);
      const duplicate = recorded.status === 'duplicate';
      return json(duplicate ? 200 : 201, { ...eventAnswer(recorded.event, query.decimals), duplicate });
    },

    async recordUsageBatch({ body, query }, context) {
      const current = await catalogue.current();
      const batch = await recordBatch(database, context.caller, body.events, current, clock.now());
      context.audited(...batch.recordedIds);
      return json(batch.status, batch.answer(query.decimals));
    },

    async listUsage({ query }, { caller }) {
      const filter = {
        startDate: query.start_date,
        endDate: query.end_date,
        provider: query.provider,
        model: query.model,
        eventId: query.event_id,
      };
      const events = await listEvents(database, caller, filter, query.cursor, query.limit + 1);
      // Pages go by when it happened, not by when we were told.
      const rows = events.map((event) => ({ id: event.id, createdAt: new Date(event.occurredAtMs), event }));
      return json(
        200,
        page(rows, query.limit, ({ event }) => eventAnswer(event, query.decimals)),
      );
    },

    exportUsage({ query }, { caller }) {
      const { format, decimals } = query;
      const filter = {
        startDate: query.start_date,
        endDate: query.end_date,
        provider: query.provider,
        model: query.model,
        eventId: undefined,
      };
      return bytes(200, exportEvents(database, caller, filter, { format, decimals }), {
        'content-type': format === 'csv' ? 'text/csv; charset=utf-8' : 'application/jsonl; charset=utf-8',
        'content-disposition': `attachment; filename="usage.${format}"`,
      });
    },

    async getCostBreakdown({ params, query }, context) {
      const event = isId(params.id) ? await readEvent(database, context.caller, params.id) : undefined;
      if (event === undefined) return refuse('not_found');
      context.audited(event.id);
      return json(200, await costBreakdown(database, event, query.decimals));
    },

    async getUsage({ params, query }, context) {
      const event = isId(params.id) ? await readEvent(database, context.caller, params.id) : undefined;
      if (event === undefined) return refuse('not_found');
      context.audited(event.id);
      return json(200, eventAnswer(event, query.decimals));
    },
  };
}
