import { type Clock, type FieldError, type Handlers, json, refuse } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import type { summaryContract } from './contract.ts';
import { readRollups } from './read-rollups.ts';
import { summaryAnswer } from './summary-answer.ts';
import { dayInZone, isTimeZone } from './time-zone.ts';

const dayMs = 86_400_000;
const daysByDefault = 30;
const daysMax = 3660;

export interface SummaryDeps {
  readonly database: Database;
  readonly clock: Clock;
}

export function summaryHandlers({ database, clock }: SummaryDeps): Handlers<typeof summaryContract> {
  return {
    async usageSummary({ query }, { caller }) {
      if (!isTimeZone(query.time_zone)) {
        return unknownZone;
      }
      const timeZone = query.time_zone === 'Etc/UTC' ? 'UTC' : query.time_zone;
      const endDate = query.end_date ?? dayInZone(clock.now(), timeZone);
      const startDate = query.start_date ?? daysBefore(endDate, daysByDefault - 1);
      const days = (Date.parse(endDate) - Date.parse(startDate)) / dayMs + 1;
      if (days < 1) return invalid('query/start_date', 'Must not be after end_date');
      if (days > daysMax) return invalid('query/start_date', `At most ${daysMax} days at once`);
      const range = {
        startDate,
        endDate,
        groupBy: query.group_by,
        timeZone,
        provider: query.provider,
        model: query.model,
      };
      const rows = await readRollups(database, caller, range);
      return rows === undefined ? unknownZone : json(200, summaryAnswer(range, rows, query.decimals));
    },
  };
}

const unknownZone = invalid('query/time_zone', 'Use an IANA name such as Europe/Berlin');

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * dayMs).toISOString().slice(0, 10);
}

function invalid(pointer: FieldError['pointer'], message: string) {
  return refuse('invalid_request', { errors: [{ pointer, message }] });
}
