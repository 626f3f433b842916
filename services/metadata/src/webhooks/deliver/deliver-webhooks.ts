import { setTimeout as delay } from 'node:timers/promises';
import type { Job, JobContext } from '@keyward/guard';
import { and, lt, ne } from 'drizzle-orm';
import type { WebhookDeps } from '../webhook-deps.ts';
import { type WebhookRow, webhookDeliveries } from '../webhook-tables.ts';
import { claimDelivery, dueEndpoints } from './claim-delivery.ts';
import { postDelivery } from './post-delivery.ts';
import { settleDelivery } from './settle-delivery.ts';

/** Endpoints that are served at a time, and deliveries to one of them. */
const endpointsAtOnce = 16;
const deliveriesAtOnce = 4;
/** How long one endpoint is served before it is another's turn, milliseconds. */
const turnMs = 10_000;
const runMs = 600_000;
/** How soon something new is seen while others are being served, milliseconds. */
const lookAgainMs = 1_000;
const keptMs = 30 * 24 * 3_600_000;

/**
 * Delivers what is due (N7): at least once and with the same id each time, of one object in the order of its changes.
 * Endpoints take turns, so that those which are slow or away do not hold up the others.
 */
export function deliverWebhooks(deps: Omit<WebhookDeps, 'clock'>): Job<'deliver-webhooks'> {
  return {
    name: 'deliver-webhooks',
    schedule: '@every 5s',
    async run(_input, context) {
      const nowMs = context.clock.now();
      await serveInTurns({ ...deps, clock: context.clock }, context);
      await deps.database.orm
        .delete(webhookDeliveries)
        .where(
          and(
            ne(webhookDeliveries.state, 'waiting'),
            lt(webhookDeliveries.finishedAt, new Date(nowMs - keptMs)),
          ),
        );
    },
  };
}

async function serveInTurns(deps: WebhookDeps, context: JobContext): Promise<void> {
  const { clock, signal } = context;
  const startedMs = clock.monotonic();
  const working = new Map<string, Promise<void>>();
  /** When each had its last turn, counted in turns. */
  const turns = new Map<string, number>();
  let turnsTaken = 0;
  const begin = (endpoint: WebhookRow) => {
    turnsTaken += 1;
    turns.set(endpoint.id, turnsTaken);
    const turn = serve(deps, endpoint, context).finally(() => working.delete(endpoint.id));
    working.set(endpoint.id, turn);
  };
  try {
    while (!signal.aborted && clock.monotonic() - startedMs < runMs) {
      const due = (await dueEndpoints(deps.database, clock.now())).filter(({ id }) => !working.has(id));
      const next = due.toSorted((a, b) => (turns.get(a.id) ?? 0) - (turns.get(b.id) ?? 0));
      next.slice(0, endpointsAtOnce - working.size).forEach(begin);
      if (working.size === 0) return;
      await Promise.race([...working.values(), delay(lookAgainMs, undefined, { ref: false })]);
    }
  } finally {
    await Promise.allSettled(working.values());
  }
}

/** One endpoint's turn. */
async function serve(deps: WebhookDeps, endpoint: WebhookRow, context: JobContext): Promise<void> {
  const { clock, signal, log } = context;
  const startedMs = clock.monotonic();
  let isResting = false;
  const work = async () => {
    while (!isResting && !signal.aborted && clock.monotonic() - startedMs < turnMs) {
      const delivery = await claimDelivery(deps.database, endpoint.id, clock.now());
      if (delivery === undefined) return;
      const attempt = await postDelivery(deps, endpoint, delivery, context);
      if (await settleDelivery(deps.database, endpoint, delivery, attempt, clock.now())) isResting = true;
      const { status, error } = attempt;
      if (attempt.outcome !== 'delivered')
        log.warn(
          { webhook: endpoint.id, delivery: delivery.id, status, error },
          'a webhook was not delivered',
        );
    }
  };
  await Promise.all(Array.from({ length: deliveriesAtOnce }, work));
}
