interface Holder {
  readonly aborting: AbortController;
  readonly done: Promise<void>;
}

/** A resumable upload in one request's hands. */
export interface HeldUpload extends Disposable {
  /** Aborted when another request asks for the upload. */
  readonly signal: AbortSignal;
}

/**
 * One request at a time for each resumable upload of this node. A client that resumes has given up its last request,
 * though the server may not know yet: the newer one makes the older one end and waits for it.
 */
export class UploadLocks {
  readonly #held = new Map<string, Holder>();

  async take(id: string): Promise<HeldUpload> {
    for (;;) {
      const holder = this.#held.get(id);
      if (!holder) break;
      holder.aborting.abort();
      await holder.done;
    }
    const aborting = new AbortController();
    const { promise: done, resolve } = Promise.withResolvers<void>();
    this.#held.set(id, { aborting, done });
    return {
      signal: aborting.signal,
      [Symbol.dispose]: () => {
        this.#held.delete(id);
        resolve();
      },
    };
  }
}
