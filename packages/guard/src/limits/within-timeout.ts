/**
 * Rejects when nothing has come after `timeoutMs`. A node that was busy itself for so long reads first what has arrived
 * meanwhile: timers come before sockets in a turn of the event loop.
 */
export function withinTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Error(`no answer within ${timeoutMs} ms`));
    const timer = setTimeout(() => setImmediate(giveUp), timeoutMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
