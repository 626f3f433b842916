import type { Dialect } from './dialects/dialect.ts';

/** A request as metering sees it. */
export interface ReadRequest {
  readonly body: Uint8Array;
  readonly model: string | undefined;
  /** The parsed body; undefined when it is no JSON. */
  readonly value: unknown;
  /** The answer's last event tells the usage because we asked for it, and the caller must not see it. */
  readonly wasAskedForUsage: boolean;
}

/** Reads what is asked of a model and, where the answer would not tell, asks it to tell its usage. */
export function readRequest(dialect: Dialect, path: string, body: Uint8Array): ReadRequest {
  const { text, value } = decoded(body);
  const model = dialect.modelOf(path, value);
  const changed = value === undefined ? undefined : dialect.askForUsage?.(path, text, value);
  return {
    body: changed === undefined ? body : Buffer.from(changed),
    model,
    value,
    wasAskedForUsage: changed !== undefined,
  };
}

// A byte order mark is no JSON, and bytes that are no UTF-8 would not come out as they went in.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What is no JSON goes to the provider as it is: it knows best how to refuse it. */
function decoded(body: Uint8Array): { text: string; value: unknown } {
  try {
    const text = decoder.decode(body);
    return { text, value: JSON.parse(text) };
  } catch {
    return { text: '', value: undefined };
  }
}
