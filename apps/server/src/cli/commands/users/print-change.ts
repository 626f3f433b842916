import { presentChange } from '@keyward/control';
import { type Clock, isProblem, type PersonChanged, type Problem } from '@keyward/guard';
import { type OutputOptions, print } from '../../output.ts';
import { failOn } from '../../usage.ts';

/** Prints a changed person and what ended with the change, or fails with the refusal. */
export function printChange(
  changed: PersonChanged | Problem,
  what: string,
  clock: Clock,
  options: OutputOptions,
): void {
  if (isProblem(changed)) failOn(changed);
  const ended = Object.entries(changed.ended).filter(([, ids]) => ids.length > 0);
  const words = ended.map(([kind, ids]) => `${ids.length} ${kind} ended`);
  print(
    presentChange(changed, clock.now()),
    () => `${[`${changed.user.name} ${what}`, ...words].join('; ')}.`,
    options,
  );
}
