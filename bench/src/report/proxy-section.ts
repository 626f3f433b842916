import type { Section } from '../bench.ts';
import { median, medianOfPairs } from '../medians.ts';
import {
  type ProxyFigures,
  type ProxyId,
  type ProxyLoad,
  type ProxyResult,
  proxyIds,
  proxyLoads,
} from '../proxy/measure-proxy.ts';
import { atLeast, atMost, type Goal, short } from './goal.ts';
import { markdownTable } from './markdown-table.ts';

const titles: Readonly<Record<ProxyId, string>> = {
  plain: 'a plain node:http pass-through',
  ours: 'ours: guard, journal, usage booked',
  portkey: '@portkey-ai/gateway',
};

const loads: Readonly<Record<ProxyLoad, string>> = {
  small: 'small answers, 64 connections',
  stream: 'streams of 50 chunks, 5 ms apart, 64 connections',
};

/** P11. */
export function proxySection(result: ProxyResult): Section {
  return {
    title: 'Calls to AI providers',
    goals: proxyGoals(result),
    paragraphs: [proxyWords(result), proxyTable(result)],
  };
}

/** Calls through each proxy, a row each. */
function proxyTable({ figures }: ProxyResult): string {
  const rows = proxyLoads.flatMap((load) =>
    proxyIds
      .filter((id) => figures[load][id].length > 0)
      .map((id) => {
        const of = (pick: (round: ProxyFigures) => number): string =>
          short(median(figures[load][id].map(pick)));
        return [
          loads[load],
          titles[id],
          of((round) => round.requestsPerSecond),
          of((round) => round.p50Ms),
          of((round) => round.p99Ms),
          of((round) => round.threadMicros),
          of((round) => round.processMicros),
        ];
      }),
  );
  return markdownTable(
    ['load', 'proxy', 'calls/s', 'p50 ms', 'p99 ms', 'CPU µs/call, serving thread', 'process'],
    rows,
  );
}

function proxyWords({ load, services, figures }: ProxyResult): string {
  return `${load}, ${figures.small.ours.length} rounds; ${services}. The provider is a minimal node:http server on the core of the load generator and PostgreSQL. Ours checks the key, spends of a limit in memory, writes the journal, meters the answer and books its usage in PostgreSQL before the answer ends; the others only pass on. Portkey's gateway is asked for small answers alone: on this Node its streams end with 500. Every call of the rounds must be booked with its price, or the run fails. Where the machine is busy, read the CPU.`;
}

function proxyGoals({ figures: { small, stream } }: ProxyResult): Goal[] {
  const rate = (a: ProxyFigures, b: ProxyFigures): number => a.requestsPerSecond / b.requestsPerSecond;
  const cpu = (a: ProxyFigures, b: ProxyFigures): number => a.processMicros / b.processMicros;
  return [
    atLeast(
      'P11',
      "small answers: calls/s beside Portkey's",
      medianOfPairs(small.ours, small.portkey, rate),
      8,
      ' ×',
    ),
    atLeast(
      'P11',
      "small answers: calls/s of the pass-through's",
      medianOfPairs(small.ours, small.plain, rate),
      0.5,
    ),
    atMost(
      'P11',
      "a stream: CPU beside the pass-through's",
      medianOfPairs(stream.ours, stream.plain, cpu),
      1.3,
      ' ×',
    ),
  ];
}
