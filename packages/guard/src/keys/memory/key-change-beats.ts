import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import type { Clock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';

/** What a node says to itself, to know that it hears. */
export interface KeyChangeBeats {
  /** When a beat was begun, if this is one of ours. */
  timeOf(payload: string): number | undefined;
  stop(): void;
}

export interface KeyChangeBeatsOptions {
  /** Undefined: it says nothing. */
  readonly database: Database | undefined;
  readonly clock: Clock;
  readonly beatMs: number;
  /** Before each beat. */
  readonly onBeat: () => void;
  /** One that was begun at that time is committed. */
  readonly onSent: (atMs: number) => void;
}

/** Notifies this node of the time, so that it can tell by what arrives up to when it has heard everything. */
export function startBeats({
  database,
  clock,
  beatMs,
  onBeat,
  onSent,
}: KeyChangeBeatsOptions): KeyChangeBeats {
  const self = randomUUID();
  let isSending = false;
  const beat = async (through: Database): Promise<void> => {
    onBeat();
    if (isSending) return;
    isSending = true;
    const atMs = clock.monotonic();
    const notify = sql`SELECT pg_notify('keyward_beats', ${self + atMs})`;
    // One that cannot be sent is not heard either; that the database is away, others say.
    await through.orm.execute(notify).then(
      () => onSent(atMs),
      () => {},
    );
    isSending = false;
  };
  const timer = database && setInterval(() => void beat(database), beatMs);
  timer?.unref();
  return {
    timeOf: (payload) => (payload.startsWith(self) ? Number(payload.slice(self.length)) : undefined),
    stop: () => clearInterval(timer),
  };
}
