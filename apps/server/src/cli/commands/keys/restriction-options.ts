import { parseLimit, type Window } from '@keyward/guard';
import { type Command, InvalidArgumentError } from 'commander';
import { collect, parseDuration } from '../../usage.ts';

export interface RestrictionOptions {
  readonly limit?: readonly Window[];
  readonly expiresIn?: number;
  readonly allowIp?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly usesMax?: number;
  readonly rotateEveryDays?: number;
}

/** The options of `keys create` and `keys update` that restrict a key (K6, K9). */
export function addRestrictions(command: Command): Command {
  return command
    .option('--limit <n/window>', 'requests per window, such as 1000/1h; several hold at once', collectLimits)
    .option('--expires-in <duration>', 'such as 90d', parseDuration)
    .option('--allow-ip <cidr>', 'only from these addresses; give it several times', collect)
    .option('--allow-origin <origin>', 'only from these web origins; give it several times', collect)
    .option('--uses-max <n>', 'requests that it and its successors may make together', parseWhole)
    .option(
      '--rotate-every-days <n>',
      'remind of rotation after so many days; 90 by default, 0: never',
      parseWhole,
    );
}

/** The same in the names of the core. */
export function restrictionsOf(options: RestrictionOptions) {
  return {
    limits: options.limit,
    expiresInMs: options.expiresIn,
    allowedIps: options.allowIp,
    allowedOrigins: options.allowOrigin,
    usesMax: options.usesMax,
    rotateEveryDays: options.rotateEveryDays,
  };
}

function collectLimits(text: string, before: readonly Window[] | undefined): Window[] {
  try {
    return [...(before ?? []), parseLimit(text)];
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseWhole(text: string): number {
  if (!/^\d{1,13}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
