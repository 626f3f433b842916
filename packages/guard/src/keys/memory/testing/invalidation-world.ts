import { isProblem, type Problem } from '../../../reply.ts';
import { fakeClock } from '../../../testing/fake-clock.ts';
import { shopService } from '../../../testing/shop-service.ts';
import { createTestGuard } from '../../../testing/test-guard.ts';
import type { KeyFinder } from '../../key-finder.ts';
import type { StoredKey } from '../../stored-key.ts';
import type { VerifiedKey } from '../../verified-key.ts';
import { createKeyVerifier, type KeyVerifier } from '../../verify-key.ts';
import { createKeyCache, type KeyCache } from '../key-cache.ts';
import { createKeyChangeReceiver } from '../key-change-receiver.ts';
import { type Answer, judge, type Version } from './judge-answer.ts';

/** One thing that happens; which of several it happens to is picked by `pick`. */
export type Step =
  | SimpleStep
  | { readonly kind: 'verify'; readonly key: 'changing' | 'other' }
  | { readonly kind: 'read row' | 'answer look-up' | 'fail look-up'; readonly pick: number }
  | { readonly kind: 'hear by Redis'; readonly pick: number; readonly comesAgain: boolean }
  | { readonly kind: 'wait'; readonly ms: number };

export interface SimpleStep {
  readonly kind:
    | 'revoke or restore'
    | 'change a set of keys'
    | 'change a third key'
    | 'send beat'
    | 'commit beat'
    | 'hear'
    | 'hear all'
    | 'lose connection'
    | 'listen';
}

type Message = { readonly text: string; readonly version: number } | { readonly beatAtMs: number };

interface PendingLookUp {
  readonly text: string;
  row: StoredKey | undefined;
  readonly settle: PromiseWithResolvers<StoredKey>;
}

/** Breaks a part of the cache on purpose. */
export type Mutation = (cache: KeyCache, nowMs: () => number) => Partial<KeyCache>;

const { issueKey } = createTestGuard([shopService]);
const changingRow = issueKey({ userId: 'owner-a' }).row;
const otherRow = issueKey({ userId: 'owner-b', name: '0' }).row;

/**
 * A node's memory of two keys, and a PostgreSQL and a Redis of which a test decides when what happens: rows are read,
 * changes committed, notifications heard late, lost, a second time or the other way first.
 */
export class InvalidationWorld {
  /** What should not have happened, in words. */
  readonly problems: string[] = [];
  /** Messages that were passed on although they came by Redis. */
  readonly loops: string[] = [];
  readonly #clock = fakeClock();
  readonly #versions: Version[] = [{ isDead: false, committedAtMs: Number.NEGATIVE_INFINITY }];
  readonly #log: Message[] = [];
  readonly #beats: number[] = [];
  readonly #redis: { text: string; version: number }[] = [];
  readonly #heardByRedis = new Set<string>();
  #lookUps: PendingLookUp[] = [];
  /** How much of the log has been heard; undefined while nobody listens. */
  #position: number | undefined;
  #deliveredVersion = 0;
  #wipes = 0;
  readonly #cache: KeyCache;
  readonly #verifier: KeyVerifier;
  readonly #receiver;

  constructor(mutation: Mutation = () => ({})) {
    const cache = createKeyCache();
    this.#cache = { ...cache, ...mutation(cache, this.#clock.monotonic) };
    const find = (text: string) => {
      const settle = Promise.withResolvers<StoredKey>();
      this.#lookUps.push({ text, row: undefined, settle });
      return settle.promise;
    };
    this.#verifier = this.#verifierOf(this.#cache, find);
    this.#receiver = createKeyChangeReceiver({
      cache: this.#cache,
      passOn: (text) => this.#heardByRedis.has(text) && this.loops.push(text),
    });
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const step of steps) {
      this.#take(step);
      await settled();
    }
    await this.#comeToRest();
  }

  #take(step: Step): void {
    if (step.kind === 'verify') this.#verify(step.key);
    else if (step.kind === 'wait') this.#clock.advance(step.ms);
    else if (step.kind === 'hear by Redis') this.#hearByRedis(step);
    else if ('pick' in step) this.#stepOfLookUp(step.kind, step.pick);
    else this.#simpleSteps[step.kind]();
  }

  readonly #simpleSteps: Record<SimpleStep['kind'], () => void> = {
    'revoke or restore': () => this.#change(`key:${changingRow.id}`),
    'change a set of keys': () => this.#change('*'),
    // It is not looked at, but announced among the others.
    'change a third key': () => this.#announce('key:third', 0),
    'send beat': () => this.#beats.push(this.#clock.monotonic()),
    'commit beat': () => {
      const beatAtMs = this.#beats.shift();
      if (beatAtMs !== undefined) this.#log.push({ beatAtMs });
    },
    'lose connection': () => {
      this.#position = undefined;
    },
    listen: () => this.#listen(),
    hear: () => this.#hear(1),
    'hear all': () => this.#hear(this.#log.length),
  };

  #verify(key: 'changing' | 'other'): void {
    const wipesBefore = this.#wipes;
    const nowMs = this.#clock.monotonic();
    const longAgo = this.#versions.findLastIndex(({ committedAtMs }) => nowMs - committedAtMs > 5_000);
    const versionMin = Math.max(this.#deliveredVersion, longAgo);
    const check = (answer: VerifiedKey | Problem): void => {
      const problem =
        key === 'changing'
          ? judge(answerOf(answer), this.#versions, versionMin)
          : // Overtaken three times by changes of sets, or not at all.
            this.#wipes - wipesBefore < 3 && isProblem(answer) && `another key is refused: ${answer.code}`;
      if (problem) this.problems.push(`${problem}, asked at ${nowMs} ms`);
    };
    const found = this.#verifier.verify(key, '203.0.113.7');
    if (found instanceof Promise) void found.then(check);
    else check(found);
  }

  #change(subject: string): void {
    const version = this.#versions.length;
    const isDead = this.#versions.at(-1)?.isDead === false;
    this.#versions.push({ isDead, committedAtMs: this.#clock.monotonic() });
    this.#announce(subject, version);
  }

  #announce(subject: string, version: number): void {
    const message = { text: `${subject} ${this.#log.length}`, version };
    this.#log.push(message);
    this.#redis.push(message);
  }

  #listen(): void {
    if (this.#position !== undefined) return;
    this.#position = this.#log.length;
    this.#wipes += 1;
    this.#receiver.listening();
  }

  #hear(count: number): void {
    for (let heard = 0; heard < count; heard += 1) {
      if (this.#position === undefined) return;
      const message = this.#log[this.#position];
      if (message === undefined) return;
      this.#position += 1;
      if ('beatAtMs' in message) this.#cache.confirm(message.beatAtMs);
      else {
        this.#delivered(message);
        this.#receiver.notified(message.text);
      }
    }
  }

  #hearByRedis({ pick, comesAgain }: { pick: number; comesAgain: boolean }): void {
    const at = pick % this.#redis.length;
    const message = this.#redis[at];
    if (message === undefined) return;
    if (!comesAgain) this.#redis.splice(at, 1);
    this.#heardByRedis.add(message.text);
    this.#delivered(message);
    this.#receiver.passedOn(message.text);
  }

  #delivered({ text, version }: { text: string; version: number }): void {
    if (text.startsWith('*')) this.#wipes += 1;
    this.#deliveredVersion = Math.max(this.#deliveredVersion, version);
  }

  #stepOfLookUp(kind: 'read row' | 'answer look-up' | 'fail look-up', pick: number): void {
    const at = pick % this.#lookUps.length;
    const lookUp = this.#lookUps[at];
    if (lookUp === undefined) return;
    if (kind === 'fail look-up' && lookUp.text === 'other') return;
    lookUp.row ??= this.#rowOf(lookUp.text);
    if (kind === 'read row') return;
    this.#lookUps.splice(at, 1);
    if (kind === 'answer look-up') lookUp.settle.resolve(lookUp.row);
    else lookUp.settle.reject(new Error('connection lost'));
  }

  #rowOf(text: string): StoredKey {
    if (text === 'other') return otherRow;
    const version = this.#versions.length - 1;
    const revokedAt = this.#versions[version]?.isDead ? new Date(0) : null;
    return { ...changingRow, name: String(version), revokedAt };
  }

  #verifierOf(cache: KeyCache, find: KeyFinder['find']): KeyVerifier {
    return createKeyVerifier({ cache, clock: this.#clock, finders: [{ canBe: () => true, find }] });
  }

  /** Everything that is under way arrives, and then it must decide as the form without a memory does. */
  async #comeToRest(): Promise<void> {
    if (this.#position === undefined) this.#clock.advance(5_001);
    else this.#hear(this.#log.length);
    await this.#answerLookUps();
    const oracle = this.#verifierOf(createKeyCache({ ageMaxMs: 0 }), async (text) => this.#rowOf(text));
    for (const key of ['changing', 'other'] as const) {
      const asked = Promise.resolve(this.#verifier.verify(key, '203.0.113.7'));
      await this.#answerLookUps();
      const [answer, expected] = [answerOf(await asked), answerOf(await oracle.verify(key, '203.0.113.7'))];
      if (answer !== expected)
        this.problems.push(`at rest the ${key} key is ${answer}, in the store ${expected}`);
    }
  }

  async #answerLookUps(): Promise<void> {
    await settled();
    while (this.#lookUps.length > 0) {
      this.#stepOfLookUp('answer look-up', 0);
      await settled();
    }
  }
}

function answerOf(answer: VerifiedKey | Problem): Answer {
  return isProblem(answer) ? answer.code : Number(answer.name);
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
