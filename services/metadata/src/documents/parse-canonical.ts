// A string, a bracket or separator, or a word or number.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^{}[\],:"]+/g;

interface Frame {
  /** Members of an object under construction, or undefined for an array. */
  readonly members: [string, unknown][] | undefined;
  readonly items: unknown[];
  key: string | undefined;
}

/**
 * The value of canonical JSON that was kept by this service, which is well-formed.
 * Text with escapes is put together here: V8's JSON.parse may take an escaped key for a key of an earlier text
 * (nodejs/node#63785), and whoever sends documents could arrange that.
 */
export function parseCanonical(text: string): unknown {
  if (!text.includes('\\')) return JSON.parse(text);
  const outermost: Frame = { members: undefined, items: [], key: undefined };
  const stack: Frame[] = [outermost];
  for (const [part] of text.matchAll(token)) {
    const frame = stack.at(-1) ?? outermost;
    if (part === '{' || part === '[') {
      stack.push({ members: part === '{' ? [] : undefined, items: [], key: undefined });
    } else if (part === '}' || part === ']') {
      stack.pop();
      const { members, items } = frame;
      // fromEntries defines members, also one named __proto__ (V2).
      put(stack.at(-1) ?? outermost, members ? Object.fromEntries(members) : items);
    } else if (part !== ',' && part !== ':') {
      put(frame, JSON.parse(part));
    }
  }
  return outermost.items[0];
}

/** The next value in a frame; in an object every other one is a key. */
function put(frame: Frame, value: unknown): void {
  if (!frame.members) frame.items.push(value);
  else if (frame.key === undefined) frame.key = value as string;
  else {
    frame.members.push([frame.key, value]);
    frame.key = undefined;
  }
}
