import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createTokenCounter, type TokenCounter } from '@keyward/meterr/tokenizer';
import * as cl100k from 'gpt-tokenizer/encoding/cl100k_base';
import * as o200k from 'gpt-tokenizer/encoding/o200k_base';
import type { Bench } from '../bench.ts';
import { atMost } from '../report/goal.ts';
import { markdownTable } from '../report/markdown-table.ts';

const characters = 100_000;
/** gpt-tokenizer is quadratic in long pieces; it gets a tenth of those. */
const quadraticCharacters = 10_000;
const peers = { cl100k_base: cl100k, o200k_base: o200k };
type Compared = keyof typeof peers;
const encodings = Object.keys(peers) as Compared[];

const texts: readonly { name: string; text: string; peerCharacters: number }[] = [
  { name: 'prose', text: fastifyProse(), peerCharacters: characters },
  { name: 'code', text: fastifyCode(), peerCharacters: characters },
  ...quadratic({
    "'a'": 'a',
    spaces: ' ',
    underscores: '_',
    hyphens: '-',
    newlines: '\n',
    "'ab'": 'ab',
    digits: '0123456789',
    emoji: '👩🏽‍💻',
    'combining marks': 'a\u0301\u0301\u0301',
  }),
  { name: 'random letters', text: random(97, 26), peerCharacters: quadraticCharacters },
  { name: 'random a and b', text: random(97, 2), peerCharacters: quadraticCharacters },
  { name: 'random CJK', text: random(0x4e00, 20_000), peerCharacters: quadraticCharacters },
];

/** P10: counting 100,000 characters through the token counter, beside gpt-tokenizer. */
export const bench: Bench = async ({ rounds, log }) => {
  const counter = createTokenCounter({ timeoutMs: 60_000 });
  const first: string[] = [];
  for (const encoding of encodings) first.push(await firstCount(counter, encoding));
  const rows: Row[] = [];
  for (const { name, text, peerCharacters } of texts) {
    for (const encoding of encodings) {
      const ours = await measure(counter, text, encoding, rounds * 5);
      rows.push({ name, encoding, ...ours, ...measurePeer(text.slice(0, peerCharacters), encoding) });
      log(`${name}, ${encoding}: p95 ${ours.p95Ms.toFixed(1)} ms`);
    }
  }
  await counter.close();
  return {
    title: 'Counting tokens',
    goals: [
      atMost(
        'P10',
        '100,000 characters of prose, p95',
        most(
          rows.filter(({ name }) => name === 'prose'),
          'p95Ms',
        ),
        25,
        ' ms',
      ),
      atMost('P10', 'the worst text, p95', most(rows, 'p95Ms'), 200, ' ms'),
      atMost('P10', 'event loop delay meanwhile, p99', most(rows, 'loopDelayP99Ms'), 10, ' ms'),
    ],
    paragraphs: [
      `${rounds * 5} counts of 100,000 characters each; gpt-tokenizer, quadratic in long pieces, gets a tenth of those. ${first.join('; ')}.`,
      markdownTable(
        [
          'text',
          'encoding',
          'tokens',
          'p50 ms',
          'p95 ms',
          'loop delay p99 ms',
          'gpt-tokenizer ms',
          'of characters',
        ],
        rows.map((row) => [
          row.name,
          row.encoding,
          `${row.tokens}`,
          ...[row.p50Ms, row.p95Ms, row.loopDelayP99Ms, row.peerMs].map((ms) => ms.toFixed(1)),
          `${row.peerCharacters}`,
        ]),
      ),
    ],
  };
};

interface Row {
  readonly name: string;
  readonly encoding: Compared;
  readonly tokens: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly loopDelayP99Ms: number;
  readonly peerCharacters: number;
  readonly peerMs: number;
}

function most(rows: readonly Row[], figure: 'p95Ms' | 'loopDelayP99Ms'): number {
  return Math.max(...rows.map((row) => row[figure]));
}

async function firstCount(counter: TokenCounter, encoding: Compared): Promise<string> {
  const rssBefore = process.memoryUsage.rss();
  const start = performance.now();
  await counter.count('hello', encoding);
  const tookMs = performance.now() - start;
  const grownMb = (process.memoryUsage.rss() - rssBefore) / 1e6;
  return `the first in ${encoding} took ${tookMs.toFixed(0)} ms and ${grownMb.toFixed(0)} MB`;
}

async function measure(counter: TokenCounter, text: string, encoding: Compared, rounds: number) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const timesMs: number[] = [];
  let tokens = 0;
  delay.enable();
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    const answer = await counter.count(text, encoding);
    timesMs.push(performance.now() - start);
    if (!answer.ok) throw new Error(answer.reason);
    tokens = answer.count;
  }
  delay.disable();
  timesMs.sort((a, b) => a - b);
  const at = (share: number) => timesMs[Math.ceil(share * rounds) - 1] ?? Number.NaN;
  return { tokens, p50Ms: at(0.5), p95Ms: at(0.95), loopDelayP99Ms: delay.percentile(99) / 1e6 };
}

function measurePeer(text: string, encoding: Compared) {
  const peer = peers[encoding];
  peer.clearMergeCache();
  const start = performance.now();
  peer.countTokens(text, { disallowedSpecial: new Set() });
  return { peerCharacters: text.length, peerMs: performance.now() - start };
}

function quadratic(units: Record<string, string>) {
  return Object.entries(units).map(([name, unit]) => {
    const text = unit.repeat(Math.ceil(characters / unit.length)).slice(0, characters);
    return { name: `${name} repeated`, text, peerCharacters: quadraticCharacters };
  });
}

function random(first: number, count: number): string {
  const pick = () => String.fromCharCode(first + Math.floor(Math.random() * count));
  return Array.from({ length: characters }, pick).join('');
}

function fastifyProse(): string {
  const guides = readFolder('docs/Guides', '.md').replaceAll(/```[\s\S]*?```/g, '');
  return guides.slice(0, characters);
}

function fastifyCode(): string {
  return readFolder('lib', '.js').slice(0, characters);
}

function readFolder(folder: string, extension: string): string {
  const path = join(dirname(createRequire(import.meta.url).resolve('fastify')), folder);
  const names = readdirSync(path).filter((name) => name.endsWith(extension));
  return names.map((name) => readFileSync(join(path, name), 'utf8')).join('\n');
}
