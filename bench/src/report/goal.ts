import { markdownTable } from './markdown-table.ts';

/** What was measured beside what the specification asks for (section 13). */
export interface Goal {
  /** The row of the specification. */
  readonly id: string;
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  readonly isMet: boolean;
}

export function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ id, what, goal, measured, isMet }) => [
    id,
    what,
    goal,
    measured,
    isMet ? 'yes' : '**no**',
  ]);
  return markdownTable(['id', 'what', 'goal', 'measured', 'met'], rows);
}

/** A goal that a figure has to reach. `unit` stands right behind the number. */
export function atLeast(id: string, what: string, measured: number, goal: number, unit = ''): Goal {
  return {
    id,
    what,
    goal: `≥ ${goal}${unit}`,
    measured: `${short(measured)}${unit}`,
    isMet: Number.isFinite(measured) && measured >= goal,
  };
}

/** A goal that a figure must not pass. */
export function atMost(id: string, what: string, measured: number, goal: number, unit = ''): Goal {
  return {
    id,
    what,
    goal: `≤ ${goal}${unit}`,
    measured: `${short(measured)}${unit}`,
    isMet: measured <= goal,
  };
}

/** Three figures that matter, never an exponent. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value) || 1)));
  return value.toFixed(Math.min(digits, 4));
}
