import type { AuditEntry } from './audit/entry.ts';
import type { Journal } from './audit/journal/journal.ts';
import type { Clock } from './clock.ts';
import type { ErrorCode } from './error-codes.ts';
import type { Exchange } from './exchange.ts';
import type { LastUsed } from './keys/last-used.ts';
import type { Reply } from './reply.ts';
import { requestEntry, unparsedEntry } from './request-entry.ts';
import { statusOf } from './respond.ts';

export interface RecorderOptions {
  readonly journal: Pick<Journal, 'append' | 'appendSynced'>;
  readonly clock: Clock;
  readonly lastUsed: LastUsed | undefined;
  readonly syncBeforeAnswer: boolean;
  readonly onError: (error: unknown, requestId: string) => void;
}

/** Writes what is about to be answered into the journal (A1). False: it could not be written. */
export interface Recorder {
  answered(exchange: Exchange, reply: Reply): boolean | Promise<boolean>;
  /** What never became a request; gives its request id. */
  unparsed(code: ErrorCode, clientAddress: string): Promise<string>;
}

export function createRecorder(options: RecorderOptions): Recorder {
  const { journal, clock, lastUsed, syncBeforeAnswer, onError } = options;

  const append = async (entry: AuditEntry): Promise<boolean> => {
    try {
      await (syncBeforeAnswer ? journal.appendSynced(entry) : journal.append(entry));
      return true;
    } catch (error) {
      onError(error, entry.requestId);
      return false;
    }
  };

  return {
    answered(exchange, reply) {
      const { key, mounted, clientAddress, startedAtMs } = exchange;
      if (mounted !== undefined && 'unrecorded' in mounted.route.audit) return true;
      const now = clock.now();
      const code = reply.kind === 'problem' ? reply.code : null;
      if (key !== undefined) lastUsed?.note(key.id, now, clientAddress);
      return append(requestEntry(exchange, statusOf(reply), code, now, clock.monotonic() - startedAtMs));
    },
    async unparsed(code, clientAddress) {
      const entry = unparsedEntry(code, clientAddress, clock.now());
      await append(entry);
      return entry.requestId;
    },
  };
}
