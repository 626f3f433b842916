import { memberSpan, withMember } from '../json-members.ts';
import { type Dialect, listAt, objectAt, textAt } from './dialect.ts';

const metered = /^\/(?:chat\/completions|completions|responses|embeddings|images\/\w+|audio\/\w+)$/;
/** Streams of these tell their usage only when they are asked to. */
const tellsWhenAsked = /^\/(?:chat\/)?completions$/;

/** Chat completions, completions, responses, embeddings: of OpenAI and the many that speak its protocol. */
export const openai: Dialect = {
  isMetered: (path) => metered.test(path),
  modelOf: (_path, body) => textAt(body, 'model'),

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
