import type { ProviderAnswer } from './loopback-provider.ts';

/** Answers in the published protocols of the providers. */

const json = { 'content-type': 'application/json' };
const events = { 'content-type': 'text/event-stream; charset=utf-8' };

export const chatUsage = {
  prompt_tokens: 19,
  completion_tokens: 10,
  total_tokens: 29,
  prompt_tokens_details: { cached_tokens: 4, audio_tokens: 0 },
  completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 0 },
};

export const chatModel = 'gpt-4o-mini-2024-07-18';

export function chatCompletion(text: string): ProviderAnswer {
  return {
    headers: {
      ...json,
      'x-request-id': 'req_123',
      'set-cookie': 'session=1',
      'openai-version': '2020-10-01',
    },
    pieces: [
      JSON.stringify({
        id: 'chatcmpl-1',
        object: 'chat.completion',
        created: 1_741_569_952,
        model: chatModel,
        choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
        usage: chatUsage,
      }),
    ],
  };
}

const chunk = (more: object) =>
  JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1_741_569_952,
    model: chatModel,
    ...more,
  });

/** The events of a streamed chat, as text; with usage when it was asked for. */
export function chatEvents(words: readonly string[], includeUsage: boolean, lineEnd = '\n'): string[] {
  const usage = includeUsage ? { usage: null } : {};
  const chunks = [
    chunk({
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      ...usage,
    }),
    ...words.map((content) =>
      chunk({ choices: [{ index: 0, delta: { content }, finish_reason: null }], ...usage }),
    ),
    chunk({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], ...usage }),
    ...(includeUsage ? [chunk({ choices: [], usage: chatUsage })] : []),
    '[DONE]',
  ];
  return chunks.map((data) => `data: ${data}${lineEnd}${lineEnd}`);
}

export const stream = (
  pieces: readonly (string | Buffer)[],
  more: Partial<ProviderAnswer> = {},
): ProviderAnswer => ({
  headers: events,
  pieces,
  ...more,
});

export const messageModel = 'claude-sonnet-4-5-20250929';

export const messageUsage = {
  input_tokens: 504,
  cache_creation_input_tokens: 123,
  cache_creation: { ephemeral_5m_input_tokens: 100, ephemeral_1h_input_tokens: 23 },
  cache_read_input_tokens: 7,
  output_tokens: 97,
  service_tier: 'standard',
};

export function message(text: string): ProviderAnswer {
  return {
    headers: { ...json, 'request-id': 'req_011' },
    pieces: [
      JSON.stringify({
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: messageModel,
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: messageUsage,
      }),
    ],
  };
}

/** Usage begins with the message and is cumulative in its deltas. */
export function messageEvents(words: readonly string[]): string[] {
  const event = (type: string, more: object) =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`;
  const begun = { ...messageUsage, output_tokens: 1 };
  return [
    event('message_start', {
      message: {
        id: 'msg_1',
        type: 'message',
        role: 'assistant',
        model: messageModel,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        usage: begun,
      },
    }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    event('ping', {}),
    ...words.map((text) => event('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })),
    event('content_block_stop', { index: 0 }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 50 },
    }),
    event('message_delta', {
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 97 },
    }),
    event('message_stop', {}),
  ];
}
