import type { Actor, Problem } from '@keyward/guard';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { CommandFailed, WrongUsage } from './output.ts';

/** Who acts when a command does. */
export const byCli: Actor = { via: 'cli' };

/** Options through the schema of the core function; wrong ones are wrong usage, all named at once. */
export function validated<S extends z.ZodType>(schema: S, options: unknown): z.output<S> {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const sentences = result.error.issues.map(
    (issue) => `${issue.path.join('.') || 'options'}: ${issue.message}`,
  );
  throw new WrongUsage(sentences.join('; '));
}

/** A refusal of the core becomes a failed command with the same words. */
export function failOn(problem: Problem): never {
  throw new CommandFailed(problem.detail ?? problem.code);
}

/** For options that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value];
}

const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `12h`, `30m`, `45s` as milliseconds. */
export function parseDuration(text: string): number {
  const match = /^([1-9]\d{0,8})([smhd])$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Write it like 90d, 12h, 30m or 45s.');
  return Number(match[1]) * unitMs[match[2] as keyof typeof unitMs];
}
