import type { AuditEntry } from './audit/entry.ts';
import type { Journal } from './audit/journal/journal.ts';
import { JournalUnavailableError } from './audit/journal/journal-errors.ts';
import type { Clock } from './clock.ts';
import type { ErrorCode } from './error-codes.ts';
import type { Exchange } from './exchange.ts';
import type { LastUsed } from './keys/last-used.ts';
import { type Reply, refuse } from './reply.ts';
import { requestEntry, unparsedEntry } from './request-entry.ts';
import { statusOf } from './respond.ts';
import { changesSomething } from './route.ts';
import type { MountedRoute } from './router.ts';

/** What is asked of a journal. One that cannot say how much room it has always has room. */
export type RequestJournal = Pick<Journal, 'append' | 'appendSynced'> &
  Partial<Pick<Journal, 'takesChanges' | 'missed'>>;

/** What cannot be recorded is not done (A2). */
export const auditAway = refuse('audit_unavailable', {
  detail: 'Requests cannot be recorded at the moment.',
  headers: { 'retry-after': '5' },
});

export interface RecorderOptions {
  readonly journal: RequestJournal;
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

  const append = async (entry: AuditEntry, isSynced: boolean, isChange: boolean): Promise<boolean> => {
    try {
      await (isSynced ? journal.appendSynced(entry) : journal.append(entry));
      return true;
    } catch (error) {
      if (!hasNoRoom(error) || journal.missed === undefined) {
        onError(error, entry.requestId);
        return false;
      }
      // Only the first is spoken of: the log may be on the same disk.
      if (journal.missed(isChange)) onError(error, entry.requestId);
      return !isChange;
    }
  };

  return {
    answered(exchange, reply) {
      const { key, mounted, clientAddress, startedAtMs } = exchange;
      if (mounted !== undefined && 'unrecorded' in mounted.route.audit) return true;
      const now = clock.now();
      const code = reply.kind === 'problem' ? reply.code : null;
      if (key !== undefined) lastUsed?.note(key.id, now, clientAddress);
      const entry = requestEntry(exchange, statusOf(reply), code, now, clock.monotonic() - startedAtMs);
      return append(
        entry,
        syncBeforeAnswer || isAdministrative(mounted),
        isChange(mounted) && reply !== auditAway,
      );
    },
    async unparsed(code, clientAddress) {
      const entry = unparsedEntry(code, clientAddress, clock.now());
      await append(entry, syncBeforeAnswer, false);
      return entry.requestId;
    },
  };
}

function isAdministrative(mounted: MountedRoute | undefined): boolean {
  return (
    mounted !== undefined && 'action' in mounted.route.audit && mounted.route.audit.isAdministrative === true
  );
}

function isChange(mounted: MountedRoute | undefined): boolean {
  return mounted !== undefined && changesSomething(mounted.route);
}

function hasNoRoom(error: unknown): boolean {
  return (
    error instanceof JournalUnavailableError && (error.refusal === 'no_room' || error.refusal === 'failing')
  );
}
