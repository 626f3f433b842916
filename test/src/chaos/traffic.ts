import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { KnownDocument, Ledger, SentEvent } from './ledger.ts';
import { between } from './rounds.ts';
import type { Answer, Wish } from './send.ts';

export interface TrafficKeys {
  readonly metadata: string;
  readonly meterr: string;
  /** May only read documents. */
  readonly narrow: string;
}

const models = ['gpt-4o', 'gpt-4o-mini', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const dayMs = 86_400_000;
/** Requests without a valid key beyond 60 a minute are summed in the log (A1); here every one is looked for. */
const withoutKeyEveryMs = 1_200;

/** What customers and others send, mixed; what is acknowledged goes into the ledger. */
export class Traffic {
  readonly #keys: TrafficKeys;
  readonly #ledger: Ledger;
  readonly #events: SentEvent[] = [];
  #withoutKeyAt = 0;

  constructor(keys: TrafficKeys, ledger: Ledger) {
    this.#keys = keys;
    this.#ledger = ledger;
  }

  next(): Wish {
    if (performance.now() - this.#withoutKeyAt > withoutKeyEveryMs) {
      this.#withoutKeyAt = performance.now();
      return this.#withoutKey();
    }
    const die = Math.random();
    if (die < 0.25) return this.createDocument();
    if (die < 0.5) return this.recordEvent(this.newEvent());
    if (die < 0.6) return this.recordEvents(this.#someEvents());
    if (die < 0.65) return this.recordEvent(this.#oldEvent());
    if (die < 0.8) return this.#read();
    return this.#refused();
  }

  createDocument(): Wish {
    const document = {
      name: `Ember ${randomUUID()}`,
      description: 'Written while the machine was dying.',
      image: 'https://images.example.com/1.png',
      attributes: [{ trait_type: 'Level', value: between(1, 100), display_type: 'number' }],
    };
    const accept = ({ body }: Answer): string | undefined => {
      const kept = body as KnownDocument;
      this.#ledger.documents.push({ id: kept.id, version: kept.version, cid: kept.cid, document });
      return undefined;
    };
    return { ...this.#metadata('create a document', 'POST', '/api/metadata', document), accept };
  }

  /** A document that was acknowledged must be there, the same. */
  readDocument(known: KnownDocument): Wish {
    const accept = ({ body }: Answer): string | undefined => {
      const { id, version, cid, document } = body as KnownDocument;
      const isSame = isDeepStrictEqual({ id, version, cid, document }, known);
      return isSame ? undefined : `is ${JSON.stringify(body)} and was ${JSON.stringify(known)}`;
    };
    return { ...this.#metadata('read a document', 'GET', `/api/metadata/${known.id}`), accept };
  }

  newEvent(): SentEvent {
    const event = {
      event_id: randomUUID(),
      provider: 'openai',
      model: models[between(0, models.length - 1)] as string,
      timestamp: new Date(Date.now() - between(1, 4) * dayMs).toISOString(),
      input_tokens: between(1, 5_000),
      output_tokens: between(1, 5_000),
    };
    this.#ledger.events.set(event.event_id, { event, recorded: 0 });
    this.#events.push(event);
    return event;
  }

  recordEvent(event: SentEvent): Wish {
    const accept = ({ body }: Answer): string | undefined => {
      const { id, duplicate } = body as { id: string; duplicate: boolean };
      return this.#ledger.acknowledge(event.event_id, id, !duplicate);
    };
    return { ...this.#meterr('record an event', 'POST', '/v1/usage', event), expected: [200, 201], accept };
  }

  recordEvents(events: readonly SentEvent[]): Wish {
    const accept = ({ body }: Answer): string | undefined => {
      const { data } = body as { data: { id: string; event_id: string; status: string }[] };
      if (data.length !== events.length) return `${data.length} of ${events.length} events`;
      const problems = data.map(({ id, event_id, status }) =>
        this.#ledger.acknowledge(event_id, id, status === 'recorded'),
      );
      return problems.find((problem) => problem !== undefined);
    };
    const wish = this.#meterr('record a batch', 'POST', '/v1/usage/batch', { events });
    return { ...wish, expected: [200, 201], accept };
  }

  #someEvents(): SentEvent[] {
    const events = Array.from({ length: between(2, 20) }, () => this.newEvent());
    return [...events, this.#oldEvent()];
  }

  /** One that was sent before, acknowledged or not: what a client does that is not sure. */
  #oldEvent(): SentEvent {
    return this.#events.at(-between(1, 200)) ?? this.newEvent();
  }

  #read(): Wish {
    const { documents } = this.#ledger;
    const known = documents[between(0, documents.length - 1)];
    const die = Math.random();
    if (die < 0.6 && known !== undefined) return this.readDocument(known);
    if (die < 0.8) return this.#metadata('list documents', 'GET', '/api/metadata?limit=5');
    return this.#meterr('list events', 'GET', '/v1/usage?limit=5');
  }

  #refused(): Wish {
    const { narrow, metadata } = this.#keys;
    switch (between(0, 4)) {
      case 0:
        return {
          ...this.#metadata('missing scope', 'POST', '/api/metadata', {}),
          key: narrow,
          expected: [403],
        };
      case 1:
        return {
          ...this.#metadata('no such document', 'GET', `/api/metadata/${randomUUID()}`),
          expected: [404],
        };
      case 2:
        return { kind: 'no such path', method: 'GET', path: '/wp-login.php', key: metadata, expected: [404] };
      case 3:
        return {
          ...this.#meterr('malformed JSON', 'POST', '/v1/usage', ''),
          body: '{"model": ',
          expected: [400],
        };
      default:
        return {
          ...this.#meterr('negative tokens', 'POST', '/v1/usage', { model: 'gpt-4o', input_tokens: -1 }),
          expected: [422],
        };
    }
  }

  #withoutKey(): Wish {
    const key = Math.random() < 0.5 ? { key: `sk-metadata_live_${'a'.repeat(32)}` } : {};
    return { kind: 'bad key', method: 'GET', path: '/api/metadata', ...key, expected: [401] };
  }

  #metadata(kind: string, method: string, path: string, body?: unknown): Wish {
    return wish(kind, this.#keys.metadata, method, path, body);
  }

  #meterr(kind: string, method: string, path: string, body?: unknown): Wish {
    return wish(kind, this.#keys.meterr, method, path, body);
  }
}

function wish(kind: string, key: string, method: string, path: string, body: unknown): Wish {
  const expected = [path === '/api/metadata' && method === 'POST' ? 201 : 200];
  return { kind, key, method, path, expected, ...(body !== undefined && { body: JSON.stringify(body) }) };
}
