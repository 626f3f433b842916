import { CronExpressionParser } from 'cron-parser';

/** When something is due. Times are Unix milliseconds; every node computes the same ones. */
export interface Schedule {
  /** The newest due time that is not after `atMs`. */
  previous(atMs: number): number;
  /** The first due time after `atMs`. */
  next(atMs: number): number;
}

const every = /^@every ([1-9]\d{0,5})s$/;

/** Reads `@every <seconds>s` or a cron expression of five fields in UTC. Throws on anything else. */
export function parseSchedule(text: string): Schedule {
  const seconds = every.exec(text)?.[1];
  return seconds === undefined ? cron(text) : periodic(Number(seconds) * 1000);
}

function periodic(periodMs: number): Schedule {
  const previous = (atMs: number) => Math.floor(atMs / periodMs) * periodMs;
  return { previous, next: (atMs) => previous(atMs) + periodMs };
}

function cron(text: string): Schedule {
  if (text.trim().split(/\s+/).length !== 5) throw new Error(`not a schedule: "${text}"`);
  const from = (atMs: number) => CronExpressionParser.parse(text, { tz: 'UTC', currentDate: new Date(atMs) });
  from(0);
  return {
    // The parser looks strictly before the instant it is given.
    previous: (atMs) =>
      from(atMs + 1)
        .prev()
        .getTime(),
    next: (atMs) => from(atMs).next().getTime(),
  };
}
