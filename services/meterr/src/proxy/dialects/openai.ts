import { memberSpan, withMember } from '../json-members.ts';
import { type Dialect, hasError, largestAt, listAt, objectAt, textAt } from './dialect.ts';

const free =
  /^\/(?:moderations|files|uploads(?:\/[\w-]+\/\w+)?|responses\/(?:input_tokens|[\w-]+\/cancel)|chat\/completions\/[\w-]+)$/;
const metered = /^\/(?:chat\/completions|completions|responses|embeddings|images\/\w+|audio\/\w+)$/;
/** Streams of these tell their usage only when they are asked to. */
const tellsWhenAsked = /^\/(?:chat\/)?completions$/;

/** Chat completions, completions, responses, embeddings: of OpenAI and the many that speak its protocol. */
export const openai: Dialect = {
  costOf: (path) => (metered.test(path) ? 'metered' : free.test(path) ? 'free' : 'unknown'),
  modelOf: (_path, body) => textAt(body, 'model'),

  answerBound(path, body) {
    if (path === '/embeddings') return { tokensMax: 0, answers: 1 };
    // Old completions take a list of prompts, and answer each.
    const prompts = path === '/completions' ? Math.max(1, listAt(body, 'prompt').length) : 1;
    return {
      tokensMax: largestAt(body, 'max_tokens', 'max_completion_tokens', 'max_output_tokens'),
      answers: prompts * Math.max(1, largestAt(body, 'n', 'best_of') ?? 1),
    };
  },

  askForUsage(path, text, body) {
    if (!tellsWhenAsked.test(path) || objectAt(body)?.stream !== true) return undefined;
    if (objectAt(body, 'stream_options')?.include_usage === true) return undefined;
    const options = memberSpan(text, 'stream_options');
    if (options === undefined) return withMember(text, 'stream_options', '{"include_usage":true}');
    if (text[options.start] !== '{') return replaced(text, options, '{"include_usage":true}');
    const refused = memberSpan(text, 'include_usage', options.start);
    return refused === undefined
      ? withMember(text, 'include_usage', 'true', options.start)
      : replaced(text, refused, 'true');
  },

  // Responses carry theirs within, at the end: completed, incomplete or failed.
  read: (known, value) => ({
    usage: objectAt(value, 'usage') ?? objectAt(value, 'response', 'usage') ?? known.usage,
    model: textAt(value, 'model') ?? textAt(value, 'response', 'model') ?? known.model,
    hasFailed: known.hasFailed || hasError(value),
  }),

  isUsageOnly: (value) =>
    objectAt(value, 'usage') !== undefined &&
    Array.isArray(objectAt(value)?.choices) &&
    listAt(value, 'choices').length === 0,

  outputText(value) {
    const type = textAt(value, 'type');
    if (type?.endsWith('.delta')) return textAt(value, 'delta') ?? '';
    return listAt(value, 'choices')
      .map((choice) => {
        const said = objectAt(choice, 'delta') ?? objectAt(choice, 'message') ?? choice;
        const calls = listAt(said, 'tool_calls').map((call) => textAt(call, 'function', 'arguments') ?? '');
        return [
          textAt(said, 'content') ?? textAt(said, 'text') ?? '',
          textAt(said, 'reasoning_content') ?? '',
          ...calls,
        ].join('');
      })
      .join('');
  },
};

function replaced(text: string, { start, end }: { start: number; end: number }, value: string): string {
  return `${text.slice(0, start)}${value}${text.slice(end)}`;
}
