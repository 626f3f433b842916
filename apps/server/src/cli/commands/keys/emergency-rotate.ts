import {
  type EmergencyRotation,
  type EmergencyWish,
  emergencyWishSchema,
  isProblem,
  previewEmergencyRotation,
  startEmergencyRotation,
} from '@keyward/guard';
import { type Command, Option } from 'commander';
import type { Installation } from '../../../installation.ts';
import { print, WrongUsage } from '../../output.ts';
import { byCli, failOn, parseDuration, validated } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';
import { carryOn } from './emergency/carry-on.ts';
import { confirmCount } from './emergency/confirm-count.ts';
import { presentPreview, previewInWords } from './emergency/preview-in-words.ts';
import { printReport } from './emergency/print-report.ts';

interface EmergencyOptions {
  readonly owner?: string;
  readonly service?: string;
  readonly env?: string;
  readonly issuedBefore?: string;
  readonly all?: true;
  readonly reason?: string;
  readonly grace?: number;
  readonly dryRun?: true;
  readonly yes?: true;
  readonly resume?: string;
  readonly links?: true;
  readonly json?: boolean;
}

export function addEmergencyRotate(group: Command): void {
  group
    .command('emergency-rotate')
    .description('Stop many keys at once. Each gets a successor, and each owner one link to the new secrets.')
    .option('--owner <id or email>', 'only those of one person')
    .option('--service <service>', 'only those of one service')
    .addOption(new Option('--env <environment>', 'only those of one environment').choices(['live', 'test']))
    .option('--issued-before <time>', 'only those made before it, such as 2026-01-31T12:00:00Z')
    .option('--all', 'every key, without any of the above')
    .addOption(
      new Option('--reason <reason>', 'what owners and the audit log are told; default emergency').choices([
        'emergency',
        'compromised',
        'leaked',
      ]),
    )
    .option(
      '--grace <duration>',
      'how long the old keys go on, such as 1h; default: not at all',
      parseDuration,
    )
    .option('--dry-run', 'count what would stop, stop nothing')
    .option('--yes', 'do not ask')
    .option('--resume <id>', 'carry on one that was broken off; done already: its report')
    .option('--links', 'list the links of the owners also when there is a mail server')
    .option('--json', 'print one JSON value')
    .addHelpText(
      'after',
      '\nExample:\n  keyward keys emergency-rotate --service meterr --env live --reason leaked --dry-run',
    )
    .action((options: EmergencyOptions) => withInstallation((installation) => run(installation, options)));
}

async function run(installation: Installation, options: EmergencyOptions): Promise<void> {
  const wish = wishOf(options);
  if (options.dryRun !== undefined) {
    const preview = await previewEmergencyRotation(installation, wish.selection);
    if (isProblem(preview)) return failOn(preview);
    print(presentPreview(preview), () => previewInWords(preview), options);
    return;
  }
  // From here on Ctrl-C ends the work between two steps and not the process.
  const rotation = await carryOn(
    installation,
    async () => options.resume ?? begin(installation, wish, options),
  );
  if (rotation === undefined) {
    print({ rotation: null }, () => 'No living key was selected. Nothing was made.', options);
    return;
  }
  const showsLinks = options.links === true || installation.config.smtpUrl === undefined;
  await printReport(installation, rotation, { showsLinks, json: options.json === true });
}

function wishOf(options: EmergencyOptions): EmergencyWish {
  const { owner, service, env, issuedBefore, all, reason, grace, resume } = options;
  const selection = { owner, service, environment: env, issuedBefore, all };
  const given = [...Object.values(selection), reason, grace].filter((value) => value !== undefined);
  if (resume !== undefined && given.length > 0)
    throw new WrongUsage('--resume carries on what was begun; it takes no selection, reason or grace.');
  if (resume === undefined && Object.values(selection).every((value) => value === undefined))
    throw new WrongUsage('Say which keys to stop: --owner, --service, --env, --issued-before, or --all.');
  return validated(emergencyWishSchema, { selection, reason, graceMs: grace });
}

/** Asks, then stops the keys. The id of the rotation; undefined when there is nothing to stop. */
async function begin(
  installation: Installation,
  wish: EmergencyWish,
  options: EmergencyOptions,
): Promise<EmergencyRotation['id'] | undefined> {
  if (options.yes === undefined) {
    const preview = await previewEmergencyRotation(installation, wish.selection);
    if (isProblem(preview)) return failOn(preview);
    if (preview.keys === 0) return undefined;
    await confirmCount(previewInWords(preview), preview.keys);
  }
  const started = await startEmergencyRotation(installation, wish, byCli);
  if (isProblem(started)) return failOn(started);
  return started.kind === 'nothing' ? undefined : started.rotation.id;
}
