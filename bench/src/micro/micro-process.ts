import type { Prepared } from '../http/prepare-database.ts';
import { betterAuthOperations } from './better-auth.ts';
import { journalOperation } from './journal.ts';
import { keyOperations } from './keys.ts';
import { limitOperations } from './limits.ts';
import type { MicroFigures, MicroSettings } from './measure-micro.ts';
import { measureOperations } from './operation.ts';

// A process of its own, so that it can have a core of its own.
process.once('message', (settings: MicroSettings & Prepared) => void measure(settings));

async function measure(settings: MicroSettings & Prepared): Promise<void> {
  const limits = await limitOperations(settings.redisUrl);
  const journal = await journalOperation();
  const keys = await keyOperations(settings.databaseUrl, settings);
  const betterAuth = await betterAuthOperations(settings.databaseUrl, settings.keys.length);
  const groups = [
    // One group, so that their rounds pair up.
    [...keys.operations, ...betterAuth.operations],
    limits.operations,
    [journal.operation],
  ];
  let figures: MicroFigures['figures'] = {};
  for (const group of groups) figures = { ...figures, ...(await measureOperations(group, settings)) };
  const answer: MicroFigures = {
    figures,
    limits: await limits.figures(),
    keyLookUps: keys.lookUps(),
  };
  await keys.close();
  await betterAuth.close();
  await limits.close();
  await journal.close();
  process.send?.(answer, () => process.disconnect());
}
