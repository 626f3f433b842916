import type { KeyCache } from './key-cache.ts';
import { oldestFirst } from './oldest-first.ts';

/** What a node does with the changes it hears of, by whichever way they come. */
export interface KeyChangeReceiver {
  /** Notifications are listened to from now on; what happened before may have been missed. */
  listening(): void;
  /** A change came by PostgreSQL's notification. */
  notified(message: string): void;
  /** A node passed on a change of which it was notified. Confirms nothing and is not passed on again. */
  passedOn(message: string): void;
}

export interface KeyChangeReceiverOptions {
  readonly cache: KeyCache;
  /** Passes a message on to the other nodes. */
  readonly passOn: (message: string) => void;
  /** The table of imports has changed, or may have. */
  readonly onImportsChanged?: (() => void) | undefined;
}

/** Messages by which a later copy is known. */
const messagesKnownMax = 10_000;

/** A subject and the transaction that changed it. What comes from another node can make this one forget, and no more. */
const passedOnForm = /^(?:(?:key|user|uses):[\w.:-]{1,128}|\*|imports) \d{1,20}$/;

export function createKeyChangeReceiver(options: KeyChangeReceiverOptions): KeyChangeReceiver {
  const { cache, passOn, onImportsChanged = () => {} } = options;
  const known = new Set<string>();
  const oldest = oldestFirst(known);

  const know = (message: string): void => {
    if (known.size >= messagesKnownMax) known.delete(oldest() as string);
    known.add(message);
  };
  const drop = (message: string): void => {
    const [subject = ''] = message.split(' ');
    if (subject === '*') cache.clear();
    else if (subject === 'imports') onImportsChanged();
    else cache.drop(subject);
  };

  return {
    listening() {
      cache.distrust();
      onImportsChanged();
    },
    notified(message) {
      // Also one that is known: only PostgreSQL's word may keep a node from forgetting.
      drop(message);
      if (known.has(message)) return;
      know(message);
      passOn(message);
    },
    passedOn(message) {
      if (known.has(message) || !passedOnForm.test(message)) return;
      know(message);
      drop(message);
    },
  };
}
