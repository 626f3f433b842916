import { randomBytes } from 'node:crypto';
import type { Answer, Outcome, Wish } from './send.ts';

/** A usage event as it is sent, however often. */
export interface SentEvent {
  readonly event_id: string;
  readonly provider: string;
  readonly model: string;
  readonly timestamp: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

export interface KnownEvent {
  readonly event: SentEvent;
  /** The id under which it was acknowledged. */
  id?: string;
  /** Answers that said it was new: one at most. */
  recorded: number;
}

export interface KnownDocument {
  readonly id: string;
  readonly version: number;
  readonly cid: string;
  readonly document: unknown;
}

interface Sent {
  readonly wish: Wish;
  outcome?: Outcome;
}

/** What the clients know: everything they sent, what they were answered, and what was acknowledged. */
export class Ledger {
  readonly documents: KnownDocument[] = [];
  readonly events = new Map<string, KnownEvent>();
  readonly sent = new Map<string, Sent>();
  /** Requests that a client saw the whole answer of. */
  answered = 0;
  /** What no client should have seen, in words. */
  readonly wrong: string[] = [];
  /** Whether answers may be 503 at the moment, because something that the node needs is away. */
  mayBeUnavailable = false;
  readonly #name = `chaos-${randomBytes(6).toString('hex')}`;

  /** Notes a request before it goes out; gives the id that it carries. */
  begin(wish: Wish): string {
    const id = `${this.#name}-${this.sent.size}`;
    this.sent.set(id, { wish });
    return id;
  }

  end(clientRequestId: string, outcome: Outcome): void {
    const sent = this.sent.get(clientRequestId);
    if (sent === undefined) throw new Error(`${clientRequestId} was never sent`);
    sent.outcome = outcome;
    if (outcome.kind === 'answered') this.answered += 1;
    const { kind, method, path } = sent.wish;
    const problem = outcome.kind === 'answered' ? this.#judge(sent.wish, outcome.answer) : undefined;
    if (problem !== undefined) this.wrong.push(`${kind} (${method} ${path}, ${clientRequestId}): ${problem}`);
    if (outcome.kind === 'hung') this.wrong.push(`${kind} (${method} ${path}): no answer`);
  }

  count(kind: Outcome['kind'], status?: number): number {
    let count = 0;
    for (const { outcome } of this.sent.values()) {
      if (outcome?.kind !== kind) continue;
      if (status === undefined || (outcome.kind === 'answered' && outcome.answer.status === status))
        count += 1;
    }
    return count;
  }

  /** How many of these requests never got a whole answer. */
  cutAmong(clientRequestIds: readonly string[]): number {
    return clientRequestIds.filter((id) => this.sent.get(id)?.outcome?.kind === 'cut').length;
  }

  acknowledge(eventId: string, id: string, isNew: boolean): string | undefined {
    const known = this.events.get(eventId);
    if (known === undefined) return `acknowledges ${eventId}, which nobody sent`;
    if (known.id !== undefined && known.id !== id) return `${eventId} was ${known.id} and is ${id}`;
    known.id = id;
    if (isNew) known.recorded += 1;
    return known.recorded > 1 ? `${eventId} was recorded twice` : undefined;
  }

  #judge(wish: Wish, answer: Answer): string | undefined {
    const { status, headers, body } = answer;
    if (typeof headers['x-request-id'] !== 'string') return `${status} without X-Request-Id`;
    if (wish.expected.includes(status)) return wish.accept?.(answer);
    const words = `${status} ${JSON.stringify(body)}`;
    if (status !== 503 || !this.mayBeUnavailable) return words;
    if (headers['content-type'] !== 'application/problem+json') return `${words} is no problem document`;
    return headers['retry-after'] === undefined ? `${words} without Retry-After` : undefined;
  }
}
