import type { Beat, LeaseBank } from '../leases/lease-bank.ts';

/** `shared`: the bank decides. `alone`: it is away, or has lost what it knew and hears of it, and the node goes on alone. */
export type LimitState = 'shared' | 'alone';

export interface BankWatchOptions {
  readonly bank: Pick<LeaseBank, 'beat'>;
  /** Waits without keeping anything alive. */
  readonly pause: (ms: number) => Promise<void>;
  /** Tells the bank what the node has let in without it. */
  readonly report: () => Promise<void>;
  /** The bank has lost what it knew. */
  readonly onEmptied: () => void;
  readonly onChange: (state: LimitState) => void;
}

/** How often a node says that it lives: at first soon again, since nodes that start together do not see each other yet. */
const beatMs = { first: 1_000, last: 10_000 };
/** How often one that is alone looks for the bank: at first, and after a while. */
const probeMs = { first: 200, last: 1_000 };
/**
 * After an outage a node reports so many times before it shares again: until then the others, which look for the bank a
 * second apart, have reported too.
 */
const goodBeatsMin = 8;

/**
 * Whether the bank can be asked (L5). The first trip that fails ends that for all calls; from then on one sign of life at
 * a time looks for the bank, and no call waits for it.
 */
export class BankWatch {
  /** Nodes among which a limit is divided, this one included, as the bank said last. */
  nodes = 1;
  /** '' until the bank has answered for the first time. */
  epoch = '';
  readonly #options: BankWatchOptions;
  #state: LimitState = 'shared';
  #isClosed = false;

  constructor(options: BankWatchOptions) {
    this.#options = options;
  }

  get isShared(): boolean {
    return this.#state === 'shared';
  }

  /** Says at once that the node lives, then every ten seconds at least, until it is closed. */
  async start(): Promise<void> {
    for (let waitMs = beatMs.first; !this.#isClosed; waitMs = Math.min(2 * waitMs, beatMs.last)) {
      await this.look();
      await this.#options.pause(waitMs);
    }
  }

  /** Looks at once whether the bank is what it was. */
  async look(): Promise<void> {
    if (!this.isShared) return;
    const isWell = await this.#beat().then(
      ({ isSettled }) => isSettled,
      () => false,
    );
    if (!isWell) this.failed();
  }

  /** A trip has failed, or the bank is in another epoch. */
  failed(): void {
    if (!this.isShared || this.#isClosed) return;
    this.#turn('alone');
    void this.#returnWhenWell();
  }

  close(): void {
    this.#isClosed = true;
  }

  async #returnWhenWell(): Promise<void> {
    let wasAway = false;
    let goodBeats = 0;
    for (let waitMs = 0; !this.#isClosed; ) {
      await this.#options.pause(waitMs);
      const settlingMs = await this.#beatAndReport();
      if (settlingMs === undefined) {
        wasAway = true;
        goodBeats = 0;
        waitMs = Math.min(waitMs * 2 || probeMs.first, probeMs.last);
        continue;
      }
      goodBeats += 1;
      if (settlingMs === 0 && (!wasAway || goodBeats >= goodBeatsMin)) break;
      waitMs = probeMs.first;
    }
    if (this.#isClosed) return;
    this.#turn('shared');
    // What was let in during the report; counters that are asked for first say it themselves.
    await this.#options.report().catch(() => {});
  }

  /** How long the bank waits for others; undefined when it is not well. */
  async #beatAndReport(): Promise<number | undefined> {
    try {
      const { settlingMs } = await this.#beat();
      await this.#options.report();
      return settlingMs;
    } catch {
      return undefined;
    }
  }

  async #beat(): Promise<Beat & { isSettled: boolean }> {
    const { epoch } = this;
    const beat = await this.#options.bank.beat(epoch);
    // Another answer was faster, and this one may be of before.
    if (epoch !== this.epoch) return { ...beat, isSettled: epoch === '' };
    const wasEmptied = epoch !== '' && epoch !== beat.epoch;
    // A bank that has just come back has not heard of all nodes yet.
    this.nodes = Math.max(this.isShared && beat.settlingMs === 0 ? 1 : this.nodes, beat.nodes);
    this.epoch = beat.epoch;
    if (wasEmptied) this.#options.onEmptied();
    return { ...beat, isSettled: !wasEmptied && beat.settlingMs === 0 };
  }

  #turn(state: LimitState): void {
    this.#state = state;
    this.#options.onChange(state);
  }
}
