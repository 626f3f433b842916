import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Asks for the body of a request that said `Expect: 100-continue` once somebody begins to read it: whoever is refused
 * before that need not send it (RFC 9110, section 10.1.1).
 */
export function continueWhenRead(incoming: IncomingMessage, outgoing: ServerResponse): void {
  const onListener = (event: string | symbol): void => {
    if (event !== 'data' && event !== 'readable') return;
    incoming.off('newListener', onListener);
    if (!outgoing.headersSent) outgoing.writeContinue();
  };
  incoming.on('newListener', onListener);
}
