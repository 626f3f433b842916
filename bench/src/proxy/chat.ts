/** What is asked through every proxy, small and streamed, and what the provider answers. */
export const chatPath = '/chat/completions';

const asked = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say this is a test.' }],
  max_tokens: 64,
};
export const smallBody = JSON.stringify(asked);
/** It asks for the usage itself, so that all proxies pass the same bytes. */
export const streamBody = JSON.stringify({ ...asked, stream: true, stream_options: { include_usage: true } });

export const streamChunks = 50;
export const chunkPauseMs = 5;

const usage = { prompt_tokens: 13, completion_tokens: 48, total_tokens: 61 };
const about = { id: 'chatcmpl-1', created: 1_741_569_952, model: 'gpt-4o-mini-2024-07-18' };

export const smallAnswer = JSON.stringify({
  ...about,
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'This is a test.' }, finish_reason: 'stop' }],
  usage,
});

const chunk = (more: object) =>
  `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', ...more })}\n\n`;

/** Fifty: words, the usage, the end. */
export const streamAnswer: readonly string[] = [
  ...Array.from({ length: streamChunks - 2 }, (_, at) =>
    chunk({ choices: [{ index: 0, delta: { content: `word ${at} ` }, finish_reason: null }], usage: null }),
  ),
  chunk({ choices: [], usage }),
  'data: [DONE]\n\n',
];
