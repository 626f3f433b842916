import type { Section } from '../bench.ts';
import { pinning } from '../cores.ts';
import { httpServers } from '../http/http-servers.ts';
import type { HttpFigures, HttpResult } from '../http/measure-http.ts';
import { median, medianOfPairs } from '../medians.ts';
import { atLeast, atMost, type Goal, short } from './goal.ts';
import { markdownTable } from './markdown-table.ts';

/** P1 to P4. */
export function httpSection(result: HttpResult): Section {
  const { load, services, figures } = result;
  return {
    title: 'A guarded POST beside the bare handler and what one assembles',
    goals: httpGoals(result),
    paragraphs: [
      `${load}, ${figures.bare.length} rounds, 64 connections, 1,000 keys in rotation, a JSON body of 76 bytes; ${services}; ${pinning}.`,
      httpTable(result),
    ],
  };
}

/** The requests through HTTP as a table, a server a row. */
function httpTable({ figures }: HttpResult): string {
  const rows = httpServers.map(({ id, title }) => {
    const of = (pick: (round: HttpFigures) => number): number[] => figures[id].map(pick);
    const rates = of((round) => round.requestsPerSecond);
    const [p50 = '', p99 = '', thread = '', whole = ''] = [
      of((round) => round.p50Ms),
      of((round) => round.p99Ms),
      of((round) => round.threadMicros),
      of((round) => round.processMicros),
    ].map((values) => short(median(values)));
    const failures = of((round) => round.failures).reduce((sum, count) => sum + count, 0);
    const range = `${Math.round(median(rates))} (${Math.round(Math.min(...rates))}..${Math.round(Math.max(...rates))})`;
    const ratio = short(
      medianOfPairs(figures[id], figures.bare, (a, b) => a.requestsPerSecond / b.requestsPerSecond),
    );
    return [title, range, ratio, p50, p99, thread, whole, `${failures}`];
  });
  return markdownTable(
    [
      'server',
      'req/s (min..max)',
      'of bare',
      'p50 ms',
      'p99 ms',
      'CPU µs/req, serving thread',
      'CPU µs/req, process',
      'non-2xx',
    ],
    rows,
  );
}

/** P1 for both kinds of limits, the others for the shared ones. */
function httpGoals({ figures }: HttpResult): Goal[] {
  const rate = (a: HttpFigures, b: HttpFigures): number => a.requestsPerSecond / b.requestsPerSecond;
  const guarded = [
    ['limits in Redis', figures.redis],
    ['limits in memory', figures.memory],
  ] as const;
  return [
    ...guarded.flatMap(([limits, ours]) => [
      atLeast('P1', `${limits}: req/s of the bare handler's`, medianOfPairs(ours, figures.bare, rate), 0.6),
      atMost(
        'P1',
        `${limits}: more CPU on the serving thread`,
        medianOfPairs(ours, figures.bare, (a, b) => a.threadMicros - b.threadMicros),
        12,
        ' µs',
      ),
      atMost(
        'P1',
        `${limits}: more at p99`,
        medianOfPairs(ours, figures.bare, (a, b) => a.p99Ms - b.p99Ms),
        1,
        ' ms',
      ),
    ]),
    atLeast(
      'P2',
      'limits in Redis: req/s beside the usual assembly',
      medianOfPairs(figures.redis, figures.usual, rate),
      10,
      ' ×',
    ),
    atLeast(
      'P2',
      'limits in Redis: the same by CPU of the process',
      medianOfPairs(figures.usual, figures.redis, (a, b) => a.processMicros / b.processMicros),
      10,
      ' ×',
    ),
    atLeast(
      'P3',
      "req/s beside Hono with Better Auth's keys in PostgreSQL",
      medianOfPairs(figures.redis, figures.betterAuth, rate),
      60,
      ' ×',
    ),
    atLeast(
      'P3',
      'the same with its keys in Redis',
      medianOfPairs(figures.redis, figures.betterAuthRedis, rate),
      20,
      ' ×',
    ),
    atLeast(
      'P4',
      'req/s beside bcrypt on each request',
      medianOfPairs(figures.redis, figures.bcrypt, rate),
      5_000,
      ' ×',
    ),
  ];
}
