import type { UploadPace } from './upload-limits.ts';

export interface PaceWatch extends Disposable {
  /** Something arrived. */
  moved(): void;
}

/** Calls `onTooSlow` once, when nothing arrives for too long or all of it takes too long (V2). */
export function watchPace(pace: UploadPace, onTooSlow: () => void): PaceWatch {
  const idle = setTimeout(onTooSlow, pace.idleMsMax);
  const whole = setTimeout(onTooSlow, pace.wholeMsMax);
  return {
    moved: () => void idle.refresh(),
    [Symbol.dispose]() {
      clearTimeout(idle);
      clearTimeout(whole);
    },
  };
}
