/**
 * Goes on with a value: at once where it is at hand, otherwise when its promise is kept. Each await costs as much as a
 * whole step of the pipeline, and most requests need to wait for nothing but the journal.
 */
export function whenReady<T, R>(value: T | Promise<T>, next: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
