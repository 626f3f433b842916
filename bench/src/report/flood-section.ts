import type { Section } from '../bench.ts';
import type { LoadFigures } from '../http/load.ts';
import type { FloodRound, RefusalCost } from '../keys/flood-rounds.ts';
import { inventions } from '../keys/invented-keys.ts';
import type { FloodResult } from '../keys/measure-flood.ts';
import { median } from '../medians.ts';
import { atMost, type Goal, short } from './goal.ts';
import { markdownTable } from './markdown-table.ts';

type Pick = (round: FloodRound) => RefusalCost;

/** The rounds that count. */
const counted = ({ rounds }: FloodResult): readonly FloodRound[] => rounds.slice(1);

/** P9. */
export function floodSection(result: FloodResult): Section {
  return {
    title: 'A flood of invented keys',
    goals: floodGoals(result),
    paragraphs: [floodWords(result), floodTable(result), steadyTable(result)],
  };
}

/** What each kind of refusal costs, a row each. */
function floodTable(result: FloodResult): string {
  const rounds = counted(result);
  const row = (title: string, pick: Pick): string[] => {
    const of = (figure: (cost: RefusalCost) => number): string =>
      short(median(rounds.map((round) => figure(pick(round)))));
    const above = (figure: 'threadMicros' | 'processMicros'): string =>
      short(aboveBare(rounds, pick, figure));
    return [
      title,
      of((cost) => cost.requestsPerSecond),
      of((cost) => cost.threadMicros),
      of((cost) => cost.processMicros),
      above('threadMicros'),
      above('processMicros'),
    ];
  };
  return markdownTable(
    [
      'refused',
      'req/s',
      'CPU µs/req, serving thread',
      'process',
      'above bare, thread',
      'above bare, process',
    ],
    [
      row('bare Hono with Zod: nothing', ({ bare }) => bare),
      ...inventions.map((kind) => row(kind, ({ kinds }) => kinds[kind])),
      row('every kind, mixed', ({ mixed }) => mixed),
    ],
  );
}

/** Clients with real keys before, beside and after a flood. */
function steadyTable({ steady }: FloodResult): string {
  const row = (title: string, rounds: readonly LoadFigures[]): string[] => [
    title,
    ...[
      (one: LoadFigures) => one.requests / one.seconds,
      (one: LoadFigures) => one.p50Ms,
      (one: LoadFigures) => one.p99Ms,
    ].map((figure) => short(median(rounds.map(figure)))),
  ];
  return markdownTable(
    ['clients', 'req/s', 'p50 ms', 'p99 ms'],
    [
      row('real keys, before', steady.before),
      row('real keys, during', steady.during),
      row('the flood beside them', steady.flood),
      row('real keys, after', steady.after),
    ],
  );
}

function floodWords({
  load,
  services,
  requests,
  rounds,
  scans,
  recorded,
  nulsRefused,
  held,
}: FloodResult): string {
  const codes = Object.entries(recorded).map(([code, count]) => `${count} × ${code}`);
  const resident = [rounds[0], rounds.at(-1)].map((round) =>
    short((round?.residentBytes ?? Number.NaN) / 1e6),
  );
  return [
    `${load}, 64 connections, ${rounds.length - 1} rounds after a first one that warms up; ${services}.`,
    `${requests} invented keys, each from an address of its own, in the audit log with what was refused beside real keys as ${codes.join(', ')}.`,
    `The table of keys was scanned ${scans.before} times until the flood, when real keys were read, and ${scans.during} times in it.`,
    `Held by JavaScript before the flood ${short(held.before / 1e6)} MB, after it ${short(held.after / 1e6)} MB; resident after the first round ${resident[0]} MB, after the last ${resident[1]} MB.`,
    `${nulsRefused} requests with a NUL in the key got 400.`,
  ].join(' ');
}

function floodGoals(result: FloodResult): Goal[] {
  const rounds = counted(result);
  const { held } = result;
  const [first, last] = [result.rounds[0], result.rounds.at(-1)];
  return [
    atMost('P9', 'invented keys: scans of the table of keys', result.scans.during, 0),
    ...(['threadMicros', 'processMicros'] as const).map((figure) =>
      atMost(
        'P9',
        `refusing one: more CPU than bare, ${figure === 'threadMicros' ? 'serving thread' : 'process, shipping included'}`,
        aboveBare(rounds, ({ mixed }) => mixed, figure),
        10,
        ' µs',
      ),
    ),
    atMost('P9', 'memory held after the flood, of that before', held.after / held.before, 1.05, ' ×'),
    atMost(
      'P9',
      'resident memory after the last round, of that after the first',
      (last?.residentBytes ?? Number.NaN) / (first?.residentBytes ?? Number.NaN),
      1.1,
      ' ×',
    ),
  ];
}

/** The median over the rounds of what it takes more than the bare server. */
function aboveBare(
  rounds: readonly FloodRound[],
  pick: Pick,
  figure: 'threadMicros' | 'processMicros',
): number {
  return median(rounds.map((round) => pick(round)[figure] - round.bare[figure]));
}
