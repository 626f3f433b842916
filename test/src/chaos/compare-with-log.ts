import { expect } from 'vitest';
import type { Keyward } from '../product/keyward.ts';
import type { Ledger } from './ledger.ts';
import { patience } from './rounds.ts';

/** A row of `audit_logs`, as far as it is compared. */
export interface LoggedRow {
  readonly request_id: string;
  readonly client_request_id: string | null;
  readonly status: number;
}

export interface Comparison {
  /** Rows of requests of this ledger. */
  readonly rows: number;
  /** Requests that a client saw the whole answer of. */
  readonly answered: number;
  /** Answered, and not in the log. */
  readonly lost: readonly string[];
  /** In the log more than once. */
  readonly twice: readonly string[];
  /** In the log with another status or another client's id, or never sent. */
  readonly different: readonly string[];
  /** Not answered, but in the log: they were cut off between the journal and the client. */
  readonly unanswered: number;
}

export const exactlyOnce = { lost: [], twice: [], different: [] };

/** Every answered request must be in the log once (A1, A2), and nothing that nobody sent. */
export function compareWithLog(ledger: Ledger, log: readonly LoggedRow[]): Comparison {
  const rows = log.filter(({ client_request_id: id }) => id?.startsWith('chaos-'));
  const byClientId = Map.groupBy(rows, ({ client_request_id }) => client_request_id ?? '');
  const byRequestId = Map.groupBy(rows, ({ request_id }) => request_id);
  const lost: string[] = [];
  const different = [...byClientId.keys()].filter((id) => !ledger.sent.has(id));
  let answered = 0;
  let unanswered = 0;
  for (const [id, { outcome, wish }] of ledger.sent) {
    const [row] = byClientId.get(id) ?? [];
    if (outcome?.kind !== 'answered') {
      if (row !== undefined) unanswered += 1;
      continue;
    }
    answered += 1;
    const { status, headers } = outcome.answer;
    const words = `${wish.kind} ${id} ${status} ${headers['x-request-id']}`;
    if (row === undefined) lost.push(words);
    else if (row.status !== status || row.request_id !== headers['x-request-id'])
      different.push(`${words} is logged as ${row.status} ${row.request_id}`);
  }
  const twice = [...byClientId, ...byRequestId].filter(([, same]) => same.length > 1).map(([id]) => id);
  return { rows: rows.length, answered, lost, twice, different, unanswered };
}

/** The whole log, as an operator exports it: what the node's journal still holds is shipped first. */
export async function exportedLog(keyward: Keyward): Promise<LoggedRow[]> {
  const { stdout } = await keyward.run('audit', 'export', '--format', 'jsonl');
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoggedRow);
}

/** The signed tree fits every row of it (A4), and covers all: a running node signs within seconds. */
export async function expectSoundTree(keyward: Keyward): Promise<void> {
  await nextCheckpoint(keyward);
  const verify = () => keyward.cli<{ sound: boolean; entries: number; uncovered: number }>('audit', 'verify');
  await expect.poll(verify, { ...patience, interval: 2_000 }).toMatchObject({ sound: true, uncovered: 0 });
}

/** The one before cannot cover what has just been answered, and each verification is a process of its own. */
async function nextCheckpoint(keyward: Keyward): Promise<void> {
  const newest = async () => (await keyward.fetch('/v1/audit/checkpoint')).text();
  const before = await newest();
  await expect.poll(newest, patience).not.toBe(before);
}
