import { type Clock, systemClock } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import { type Listener, type ListenOptions, listen } from '../../database/listening-connection.ts';
import { createHearingCheck } from './hearing-check.ts';
import type { KeyCache } from './key-cache.ts';
import { startBeats } from './key-change-beats.ts';
import { createKeyChangeReceiver } from './key-change-receiver.ts';
import type { KeyChangeRelay } from './key-change-relay.ts';

export interface KeyChanges {
  stop(): Promise<void>;
}

export interface KeyChangesOptions {
  /** A URL that reaches PostgreSQL itself: notifications do not pass a pooler in transaction mode (K10). */
  readonly url: string;
  readonly cache: KeyCache;
  readonly onError: (error: unknown) => void;
  /** Through which the node notifies itself. Default: it does not, and nothing remembered is ever confirmed. */
  readonly database?: Database;
  /** A second way between nodes. Default: none. */
  readonly relay?: KeyChangeRelay;
  /** The table of imports has changed, or may have. */
  readonly onImportsChanged?: () => void;
  /** Hears when the node's own notifications do not arrive, and when they do again. */
  readonly onHearing?: (hearing: Hearing) => void;
  /** The one that the key verifier goes by. Default: the system's. */
  readonly clock?: Clock;
  /** Milliseconds between the node's notifications of itself. Default 1,000. */
  readonly beatMs?: number;
  /** Milliseconds after an attempt to listen that failed. Default 500. */
  readonly retryMs?: number;
}

/** `never`: since its start a node has heard nothing, as behind a pooler. `lost`: it heard before. */
export type Hearing = 'heard' | 'lost' | 'never';

/** Milliseconds without a beat that should have been heard after which a node is deaf, and after which it listens anew. */
const deafAfterMs = 3_000;
const listenAnewAfterMs = { lost: 6_000, never: 60_000 };

/**
 * Listens for changed keys and people and drops what was remembered of them.
 * What happens while nobody listens is not lost: nothing that was read before is used again when listening has begun
 * again, and the cache trusts no entry beyond its own age limit meanwhile.
 *
 * The node knows that it hears because it notifies itself through another connection. Notifications arrive in the order
 * of their commits, so a beat that is heard says that every change committed before it was sent has been heard too.
 */
export function followKeyChanges(options: KeyChangesOptions): KeyChanges {
  const { cache, relay, clock = systemClock, retryMs = 500 } = options;
  const { onError, onHearing = () => {}, onImportsChanged } = options;
  const check = createHearingCheck();
  const passOn = (message: string) => relay?.publish(message);
  const receiver = createKeyChangeReceiver({ cache, passOn, onImportsChanged });
  relay?.subscribe((message) => receiver.passedOn(message));
  let hearing: Hearing = 'heard';
  let listener: Listener | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isListening = false;
  let isStopped = false;

  const onListening = (): void => {
    isListening = true;
    receiver.listening();
    check.listening(clock.monotonic());
  };
  const onNotification = (channel: string, payload: string): void => {
    if (channel === 'keyward_keys') receiver.notified(payload);
    const sentAtMs = channel === 'keyward_beats' ? beats.timeOf(payload) : undefined;
    if (sentAtMs === undefined) return;
    cache.confirm(sentAtMs);
    check.heard(sentAtMs);
  };
  const onEnd = (): void => {
    check.lost();
    // One that worked is replaced at once; what fails from the beginning is left alone for a while.
    if (!isStopped) timer = setTimeout(start, isListening ? 0 : retryMs);
    isListening = false;
  };
  const connection: ListenOptions = {
    url: options.url,
    channels: ['keyward_keys', 'keyward_beats'],
    applicationName: 'keyward key changes',
  };
  const start = (): void => {
    listener = listen(connection, { onListening, onNotification, onError, onEnd });
  };
  const onBeat = (): void => {
    const deafMs = check.deafMs(clock.monotonic());
    const now = deafMs < deafAfterMs ? 'heard' : check.hasHeard ? 'lost' : 'never';
    // That a connection is new does not mean that anything is heard on it.
    if (now !== hearing && (now !== 'heard' || check.isHearing)) {
      hearing = now;
      onHearing(now);
    }
    if (now !== 'heard' && deafMs >= listenAnewAfterMs[now]) listener?.destroy();
  };

  start();
  const { database, beatMs = 1_000 } = options;
  const beats = startBeats({ database, clock, beatMs, onBeat, onSent: check.sent });
  return {
    async stop() {
      isStopped = true;
      beats.stop();
      clearTimeout(timer);
      await listener?.end();
    },
  };
}
