/** From the moment a call goes out until nothing more comes of it. */
export interface CallLife {
  /** Ends the call when it fires: its caller has gone and the time to read on is over, or it has lived too long. */
  onAbandon(end: () => void): void;
  readonly wasAbandoned: boolean;
  /** The caller has gone: what is left of the answer is read for so long and no longer. */
  readonly callerHasGone: () => void;
  /** The call is over. */
  over(): void;
}

export interface CallLifeOptions {
  readonly caller: AbortSignal;
  /** How long an answer is read on when its caller has gone; 0: not at all. */
  readonly drainMs: number;
  /** The longest that the call may live; undefined: as long as the provider speaks. */
  readonly lifeMsMax: number | undefined;
  /** What to give back in the end. */
  readonly release: () => void;
}

/** The caller's going away does not end a call: it costs, and what it costs is to be known. */
export function callLife({ caller, drainMs, lifeMsMax, release }: CallLifeOptions): CallLife {
  let end: (() => void) | undefined;
  let drain: NodeJS.Timeout | undefined;
  let wasAbandoned = false;
  let isOver = false;
  const abandon = (): void => {
    if (isOver) return;
    wasAbandoned = true;
    end?.();
  };
  const callerHasGone = (): void => {
    if (isOver) return;
    if (drainMs === 0) abandon();
    else drain ??= setTimeout(abandon, drainMs);
  };
  const tooLong = lifeMsMax === undefined ? undefined : setTimeout(abandon, lifeMsMax);
  caller.addEventListener('abort', callerHasGone, { once: true });
  return {
    onAbandon(wanted) {
      end = wanted;
      if (caller.aborted) callerHasGone();
      if (wasAbandoned) wanted();
    },
    get wasAbandoned() {
      return wasAbandoned;
    },
    callerHasGone,
    over() {
      if (isOver) return;
      isOver = true;
      clearTimeout(drain);
      clearTimeout(tooLong);
      caller.removeEventListener('abort', callerHasGone);
      release();
    },
  };
}
