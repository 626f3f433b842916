import { presentPlan, presentRotated } from '@keyward/control';
import {
  cancelPlannedRotation,
  isProblem,
  plannedRotationSchema,
  planRotation,
  rotateKey,
  rotationReasons,
  rotationSchema,
} from '@keyward/guard';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Installation } from '../../../installation.ts';
import { print, WrongUsage } from '../../output.ts';
import { byCli, failOn, parseDuration, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

interface RotateOptions {
  readonly grace?: number;
  readonly reason?: string;
  readonly expiresIn?: number;
  readonly at?: Date;
  readonly claim?: boolean;
  readonly cancel?: boolean;
  readonly json?: boolean;
}

export function addRotate(group: Command): void {
  group
    .command('rotate')
    .description('Replace a key by a successor. The new key is printed this once and never again.')
    .argument('<id>')
    .option('--grace <duration>', 'how long the old key goes on: 0 to 30d (default: 24h)', parseGrace)
    .addOption(new Option('--reason <reason>', 'why').choices(rotationReasons))
    .option(
      '--expires-in <duration>',
      'when the new key expires (default: when the old one would have)',
      parseDuration,
    )
    .option('--claim', 'show nobody the new key: its owner makes it by a link')
    .option(
      '--at <time>',
      'do it then, such as 2030-01-31T09:00:00Z; the owner gets a link by mail',
      parseTime,
    )
    .option('--cancel', 'call off what --at has planned')
    .option('--json', 'print one JSON value')
    .addHelpText('after', '\nExample:\n  keyward keys rotate 0190… --grace 12h --reason leaked')
    .action(async (id: string, options: RotateOptions) => {
      if (options.cancel) await cancel(id, options);
      else if (options.at === undefined) await rotate(id, options);
      else await plan(id, options.at, options);
    });
}

async function rotate(id: string, options: RotateOptions): Promise<void> {
  const { grace, reason, expiresIn, claim } = options;
  const deliver = claim ? 'claim' : 'secret';
  const wanted = validated(rotationSchema, { id, graceMs: grace, reason, expiresInMs: expiresIn, deliver });
  const rotated = await withInstallation((installation) => rotateKey(depsOf(installation), wanted, byCli));
  if (isProblem(rotated)) return failOn(rotated);
  const { old, successor, key, claimLink } = rotated;
  const words = [
    key ?? claimLink,
    key === undefined
      ? `The owner makes the new key there, once. Its id is ${successor.id}.`
      : `This is the only time that the new key is shown. Its id is ${successor.id}.`,
    old.isActive
      ? `The old key goes on until ${old.graceEndsAt?.toISOString()}.`
      : 'The old key has stopped.',
  ];
  print(presentRotated(rotated), () => words.join('\n'), options);
}

async function plan(id: string, at: Date, options: RotateOptions): Promise<void> {
  const { grace, reason, expiresIn } = options;
  if (expiresIn !== undefined) throw new WrongUsage('--expires-in cannot stand beside --at.');
  const wanted = validated(plannedRotationSchema, { id, at, graceMs: grace, reason });
  const planned = await withInstallation((installation) => planRotation(installation, wanted, byCli));
  if (isProblem(planned)) return failOn(planned);
  print(presentPlan(planned), () => `${id} will be rotated at ${planned.rotateAt.toISOString()}.`, options);
}

async function cancel(id: string, options: RotateOptions): Promise<void> {
  const cancelled = await withInstallation((installation) => cancelPlannedRotation(installation, id, byCli));
  if (isProblem(cancelled)) return failOn(cancelled);
  print(presentPlan(cancelled), () => `The rotation of ${id} is called off.`, options);
}

function depsOf(installation: Installation) {
  return { ...installation, publicUrl: installation.config.publicUrl };
}

function parseGrace(text: string): number {
  return text === '0' ? 0 : parseDuration(text);
}

function parseTime(text: string): Date {
  // With its zone: a time that means another moment on another machine is none.
  const time = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(text) ? new Date(text) : undefined;
  if (time === undefined || Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('Write it like 2030-01-31T09:00:00Z.');
  return time;
}
