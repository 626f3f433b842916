import { demoPicture } from './demo-picture.ts';

export interface DemoKeys {
  readonly metadata: string;
  readonly meterr: string;
  /** May only read documents, ten times an hour. */
  readonly narrow: string;
}

/** One request of the demo and why it is made. */
export interface DemoRequest {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly key?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const names = ['Ember', 'Tide', 'Moss', 'Slate', 'Dawn'];
const models = ['gpt-4o', 'gpt-4o-mini', 'gpt-4', 'claude-sonnet-4-5', 'gemini-2.5-flash'];

/** What a good customer does, and what others try. `run` keeps two demos apart. */
export function* demoTraffic(keys: DemoKeys, run: string): Generator<DemoRequest> {
  yield* documents(keys.metadata, run);
  yield* usage(keys.meterr, run);
  yield* mistakes(keys);
  for (let round = 0; round < 12; round += 1) {
    yield { what: 'a key of ten requests an hour', method: 'GET', path: '/api/metadata', key: keys.narrow };
  }
}

function* documents(key: string, run: string): Generator<DemoRequest> {
  for (const [at, name] of names.entries()) {
    const document = {
      name: `${name} #${at + 1}`,
      description: 'A token of the demo.',
      image: `https://images.example.com/${run}/${at + 1}.png`,
      attributes: [
        { trait_type: 'Element', value: name },
        { trait_type: 'Level', value: at + 1, display_type: 'number' },
      ],
    };
    yield {
      what: 'store an ERC-721 document',
      method: 'POST',
      path: `/api/metadata?collection=demo-${run}&token_id=${at + 1}`,
      key,
      body: document,
    };
  }
  yield { what: 'list documents', method: 'GET', path: '/api/metadata?limit=5', key };
  const form = new FormData();
  form.set('file', new Blob([demoPicture(64, 128)], { type: 'image/png' }), 'demo.png');
  yield { what: 'upload a PNG', method: 'POST', path: '/api/media', key, body: form };
  yield { what: 'list media', method: 'GET', path: '/api/media', key };
}

function* usage(key: string, run: string): Generator<DemoRequest> {
  yield {
    what: 'count and price a text',
    method: 'POST',
    path: '/v1/tokens',
    key,
    body: { text: 'The quick brown fox jumps over the lazy dog.', model: 'gpt-4' },
  };
  const events = models.flatMap((model, at) =>
    Array.from({ length: 10 }, (_, day) => ({
      event_id: `demo-${run}-${at}-${day}`,
      provider: model.startsWith('claude') ? 'anthropic' : model.startsWith('gemini') ? 'google' : 'openai',
      model,
      input_tokens: 1_000 * (at + 1) + 100 * day,
      output_tokens: 300 * (at + 1),
    })),
  );
  yield { what: 'record a batch of usage', method: 'POST', path: '/v1/usage/batch', key, body: { events } };
  yield {
    what: 'send it again: counted once',
    method: 'POST',
    path: '/v1/usage/batch',
    key,
    body: { events },
  };
  yield { what: 'sum it up', method: 'GET', path: '/v1/usage/summary', key };
}

function* mistakes(keys: DemoKeys): Generator<DemoRequest> {
  yield { what: 'no key', method: 'GET', path: '/api/metadata' };
  yield {
    what: 'an invented key',
    method: 'GET',
    path: '/api/metadata',
    key: `sk-metadata_live_${'a'.repeat(32)}`,
  };
  yield {
    what: 'a key without the scope',
    method: 'POST',
    path: '/api/metadata',
    key: keys.narrow,
    body: { name: 'x' },
  };
  yield {
    what: 'an object of nobody',
    method: 'GET',
    path: '/api/metadata/00000000-0000-7000-8000-000000000000',
    key: keys.metadata,
  };
  yield {
    what: 'broken JSON',
    method: 'POST',
    path: '/v1/tokens',
    key: keys.meterr,
    body: '{"text": ',
    headers: { 'content-type': 'application/json' },
  };
  yield {
    what: 'a negative count',
    method: 'POST',
    path: '/v1/usage',
    key: keys.meterr,
    body: { provider: 'openai', model: 'gpt-4', input_tokens: -1 },
  };
  yield { what: 'a path that is not there', method: 'GET', path: '/wp-login.php' };
}
