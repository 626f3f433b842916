import type { Socket } from 'node:net';

export type AttachmentRole = 'node' | 'tool';

/** From a node or tool to the supervisor, one JSON value a line. */
export type Request =
  | { readonly kind: 'attach'; readonly role: AttachmentRole; readonly pid: number; readonly bornAt: string }
  | { readonly kind: 'leave' };

/** From the supervisor. `refused` and `failed` are followed by the end of the connection. */
export type Answer =
  | { readonly kind: 'ready'; readonly supervisorPid: number }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

const lineCharactersMax = 64 * 1024;

/** Writes one message. A broken connection shows itself by its `close`, not here. */
export function send(socket: Socket, message: Request | Answer): void {
  if (socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** Calls `receive` with each message; the other side is the same user or root, and its own program. */
export function receive<Message extends Request | Answer>(
  socket: Socket,
  receiver: (message: Message) => void,
): void {
  let buffered = '';
  socket.setEncoding('utf8');
  // What follows an error is `close`, and that is what the callers listen to.
  socket.on('error', () => {});
  socket.on('data', (chunk: string) => {
    buffered += chunk;
    const lines = buffered.split('\n');
    buffered = lines.pop() ?? '';
    if (buffered.length > lineCharactersMax) socket.destroy();
    for (const line of lines) {
      const message = parse(line);
      if (message === undefined) socket.destroy();
      else receiver(message as Message);
    }
  });
}

function parse(line: string): unknown {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'kind' in value ? value : undefined;
  } catch {
    return undefined;
  }
}
