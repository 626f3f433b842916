import { type Clock, type FieldError, type Problem, refuse } from '@keyward/guard';
import { z } from 'zod';
import { dateField, modelName, providerName, tagName, teamIdField } from '../fields.ts';
import { type Split, type SummaryRange, splits } from './read-rollups.ts';
import { dayInZone, isTimeZone } from './time-zone.ts';

export const groupings = ['day', 'week', 'month'] as const;

/** Which usage is meant, and how it is split. */
export const rangeQuery = {
  start_date: dateField.optional().describe('The first day; 29 days before end_date if not said'),
  end_date: dateField.optional().describe('The last day, included; today if not said'),
  time_zone: z.string().min(1).max(64).default('UTC').describe('An IANA name, such as Europe/Berlin'),
  provider: providerName.optional(),
  model: modelName.optional(),
  tag: tagName.optional().describe('Which tag, when it is split by tag'),
  team_id: teamIdField.optional().describe("All members' usage: for owners and admins of the team"),
};

export const splitField = z.enum(splits).default('model').describe('What each period is split by');

interface RangeQuery {
  readonly start_date?: string | undefined;
  readonly end_date?: string | undefined;
  readonly time_zone: string;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly tag?: string | undefined;
  readonly team_id?: string | undefined;
}

const dayMs = 86_400_000;
const daysByDefault = 30;
const daysMax = 3660;

/** The range that is asked for, or what is wrong with it. */
export function readRange(
  query: RangeQuery,
  { by, groupBy }: { readonly by: Split; readonly groupBy: SummaryRange['groupBy'] },
  clock: Clock,
): SummaryRange | Problem {
  if (!isTimeZone(query.time_zone)) return unknownZone;
  const timeZone = query.time_zone === 'Etc/UTC' ? 'UTC' : query.time_zone;
  const endDate = query.end_date ?? dayInZone(clock.now(), timeZone);
  const startDate = query.start_date ?? daysBefore(endDate, daysByDefault - 1);
  const days = (Date.parse(endDate) - Date.parse(startDate)) / dayMs + 1;
  if (days < 1) return invalid('query/start_date', 'Must not be after end_date');
  if (days > daysMax) return invalid('query/start_date', `At most ${daysMax} days at once`);
  if (by === 'tag' && query.tag === undefined) return invalid('query/tag', 'Say which tag');
  if (by !== 'tag' && query.tag !== undefined) return invalid('query/tag', 'Only where it is split by tag');
  const { provider, model, tag, team_id: teamId } = query;
  if (teamId !== undefined && (by === 'key' || by === 'tag'))
    return invalid('query/team_id', 'A team is split by model, provider or user');
  return { startDate, endDate, groupBy, timeZone, provider, model, by, tag, teamId };
}

export const unknownZone = invalid('query/time_zone', 'Use an IANA name such as Europe/Berlin');

export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(date) - days * dayMs).toISOString().slice(0, 10);
}

function invalid(pointer: FieldError['pointer'], message: string): Problem {
  return refuse('invalid_request', { errors: [{ pointer, message }] });
}
