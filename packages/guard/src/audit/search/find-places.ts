import { and, eq, gte, lt, sql } from 'drizzle-orm';
import { systemClock } from '../../clock.ts';
import type { Transaction } from '../../database/database.ts';
import { auditLogs } from '../../database/schema.ts';
import type { AuditFilter } from './audit-filter.ts';
import { chooseReading, readingsOf } from './choose-reading.ts';
import {
  type AuditCursor,
  beforeAllIds,
  matches,
  type Position,
  searchedTime,
  type TimeSpan,
} from './conditions.ts';
import type { Reading } from './lead-rows.ts';
import { leadsOf } from './leads.ts';
import { monthsOf, wholeTime } from './months.ts';
import { type Place, scan } from './scan.ts';
import type { AuditSearch } from './search-audit.ts';

const defaultTimeMs = 2_000;
const batchRowsMin = 500;
const batchRowsMax = 5_000;

/** The places of the rows of one page, and one more if there is one; `stoppedAt` when the time was up before. */
export interface FoundPlaces {
  readonly places: readonly Place[];
  readonly stoppedAt: AuditCursor | undefined;
}

export async function findPlaces(
  tx: Transaction,
  filter: AuditFilter,
  { limit, after, timeMs = defaultTimeMs }: AuditSearch,
): Promise<FoundPlaces> {
  const { values, ranges } = leadsOf(filter);
  const readings = await readingsOf(tx, values);
  if (readings === undefined) return { places: [], stoppedAt: undefined };
  const walk: Walk = {
    filter,
    // Without a lead, or when it says all that the filter says, every row that is read is one that is looked for.
    isOneField: values.length + ranges.length <= 1 && filter.contains === undefined,
    placesMax: limit + 1,
    endsAt: systemClock.monotonic() + timeMs,
    places: [],
    position: after && (await positionOf(tx, after)),
  };
  // Of a range there may be few rows in one month and many in the next.
  const spans = ranges.length > 0 ? await monthsOf(tx, filter, after) : [wholeTime];
  for (const span of spans) {
    const reading = await chooseReading(tx, readings, ranges, searchedTime(filter, span, walk.position));
    const isExact = walk.isOneField && (reading.kind !== 'time' || ranges.length === 0);
    const isOver = await walkSpan(tx, walk, span, reading, isExact);
    if (isOver) return { places: walk.places, stoppedAt: walk.position };
  }
  return { places: walk.places, stoppedAt: undefined };
}

interface Walk {
  readonly filter: AuditFilter;
  readonly isOneField: boolean;
  readonly placesMax: number;
  readonly endsAt: number;
  readonly places: Place[];
  /** The oldest row that was looked at. */
  position: Position | undefined;
}

/** Reads a span to its end, batch by batch. True when the page is full or the time is up. */
async function walkSpan(
  tx: Transaction,
  walk: Walk,
  span: TimeSpan,
  reading: Reading,
  isExact: boolean,
): Promise<boolean> {
  const { filter, placesMax, places } = walk;
  let batchRows = Math.max(isExact ? 0 : batchRowsMin, placesMax);
  for (;;) {
    const time = searchedTime(filter, span, walk.position);
    const wanted = { matching: matches(filter), rows: placesMax - places.length, batchRows };
    const { places: found, last, isEnd } = await scan(tx, reading, time, wanted);
    places.push(...found);
    if (places.length === placesMax) return true;
    if (isEnd) walk.position = endOf(span) ?? walk.position;
    else walk.position = last;
    if (systemClock.monotonic() > walk.endsAt && !(isEnd && span.from === undefined)) return true;
    if (isEnd) return false;
    batchRows = Math.max(Math.min(batchRows * 4, batchRowsMax), placesMax);
  }
}

function endOf({ from }: TimeSpan): Position | undefined {
  return from && { createdAt: from, moment: from.toISOString(), id: beforeAllIds };
}

/** A cursor says the millisecond; its row, if it is still there, says the rest. */
async function positionOf(tx: Transaction, { id, createdAt }: AuditCursor): Promise<Position> {
  const next = new Date(createdAt.getTime() + 1);
  const [row] = await tx
    .select({ moment: sql<string>`${auditLogs.createdAt}::text` })
    .from(auditLogs)
    .where(and(gte(auditLogs.createdAt, createdAt), lt(auditLogs.createdAt, next), eq(auditLogs.id, id)));
  return { id, createdAt, moment: row?.moment ?? createdAt.toISOString() };
}
