import type { FieldError, KeyCaller } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { z } from 'zod';
import { type Decimals, formatMoney } from '../money.ts';
import type { Catalogue } from '../prices/catalogue.ts';
import { eventBody } from './event-body.ts';
import { type Prepared, prepareEvent } from './prepare-event.ts';
import { type Recorded, recordEvents } from './record-events.ts';

export interface RecordedBatch {
  /** 201: all recorded. 200: some or all were there before. 207: some were refused. */
  readonly status: 200 | 201 | 207;
  readonly recordedIds: readonly string[];
  answer(decimals: Decimals): Record<string, unknown>;
}

type Outcome = Recorded | { readonly status: 'invalid'; readonly errors: readonly FieldError[] };

/** Judges each event by itself and books all good ones in one transaction. */
export async function recordBatch(
  database: Database,
  owner: KeyCaller,
  bodies: readonly unknown[],
  catalogue: Catalogue,
  nowMs: number,
): Promise<RecordedBatch> {
  const prepared = bodies.map((body) => prepare(body, catalogue, nowMs));
  const events = prepared.flatMap((one) => (one.ok ? [one.event] : []));
  const recorded = (await recordEvents(database, owner, events, nowMs)).values();
  const outcomes = prepared.map((one): Outcome => {
    if (!one.ok) return { status: 'invalid', errors: one.errors };
    const next = recorded.next();
    if (next.done) throw new Error('Fewer events were booked than prepared');
    return next.value;
  });
  const count = (status: Outcome['status']) => outcomes.filter((one) => one.status === status).length;
  const counts = {
    recorded: count('recorded'),
    duplicates: count('duplicate'),
    conflicts: count('conflict'),
    invalid: count('invalid'),
  };
  return {
    status: counts.conflicts + counts.invalid > 0 ? 207 : counts.duplicates > 0 ? 200 : 201,
    recordedIds: outcomes.flatMap((one) => (one.status === 'recorded' ? [one.event.id] : [])),
    answer: (decimals) => ({
      ...counts,
      data: outcomes.map((outcome, index) => itemAnswer(outcome, index, decimals)),
    }),
  };
}

function prepare(body: unknown, catalogue: Catalogue, nowMs: number): Prepared {
  const parsed = eventBody.safeParse(body);
  if (!parsed.success) return { ok: false, errors: fieldErrors(parsed.error) };
  return prepareEvent(parsed.data, catalogue, nowMs);
}

const errorsMax = 20;

function fieldErrors(error: z.ZodError): FieldError[] {
  return error.issues.slice(0, errorsMax).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ pointer: pointer(issue.path), message: issue.message }];
    return issue.keys
      .slice(0, errorsMax)
      .map((key) => ({ pointer: pointer([...issue.path, key]), message: 'is not a known field' }));
  });
}

/** RFC 6901. */
function pointer(path: readonly PropertyKey[]): string {
  const escaped = path.map((part) => String(part).slice(0, 100).replaceAll('~', '~0').replaceAll('/', '~1'));
  return escaped.map((part) => `/${part}`).join('');
}

function itemAnswer(outcome: Outcome, index: number, decimals: Decimals): Record<string, unknown> {
  if (outcome.status === 'invalid') {
    const errors = outcome.errors.map(({ pointer, message }) => ({
      pointer: `/events/${index}${pointer}`,
      message,
    }));
    return { index, status: outcome.status, code: 'invalid_request', errors };
  }
  const { event } = outcome;
  if (outcome.status === 'conflict') {
    return { index, status: outcome.status, event_id: event.eventId, code: 'event_conflict' };
  }
  return {
    index,
    status: outcome.status,
    id: event.id,
    event_id: event.eventId,
    total_tokens: event.totalTokens,
    cost: event.cost && formatMoney(event.cost, decimals),
    price_id: event.priceId,
    priced: event.priced,
  };
}
