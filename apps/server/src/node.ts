import {
  bcryptKeys,
  createGuard,
  createKeyVerifier,
  describeApi,
  fillClaimLinks,
  type Guard,
  guardJobs,
  holdNodePlace,
  importedKeys,
  keyLookup,
  keyUses,
  openJournal,
  ownKeys,
  startJobs,
  startSequencer,
  startShipper,
  trackLastUsed,
} from '@keyward/guard';
import { webhookSecretsOf } from '@keyward/metadata';
import { meterrJobs } from '@keyward/meterr';
import { anchorOf } from './audit-anchor.ts';
import { archiveDeps } from './audit-archive.ts';
import { openBlocks } from './blocks.ts';
import type { Config } from './config.ts';
import { listen } from './http/listen.ts';
import { openInstallation } from './installation.ts';
import { openKeyMemory } from './key-memory.ts';
import { openLimits } from './limits.ts';
import type { Log } from './log.ts';
import { nodeAtWork } from './node-at-work.ts';
import { requestErrors } from './request-errors.ts';
import { returnMemory } from './return-memory.ts';
import { createServices, migrateServices } from './services.ts';
import { StopList } from './stop-list.ts';
import { readinessOf } from './system/readiness.ts';
import type { ApiDescription } from './system/reference-page.ts';
import { systemService } from './system/service.ts';
import { warnOfRole } from './warn-of-role.ts';

export interface RunningNode {
  readonly url: string;
  /** Stops taking requests, finishes those that are open, ships the journal, closes everything. */
  stop(): Promise<void>;
}

/** How long open requests may take when the node is asked to stop, milliseconds. */
const graceMs = 10_000;

const staleBegins =
  'The key store is away: keys that were verified before go on (KEYS_WHEN_STORE_IS_AWAY); one that is revoked now is not stopped.';
const staleEnds = 'The key store is back: keys are verified again.';

const roomIsLow =
  'The audit journal is short of room: changes are refused with 503, reads go on. Make room on the disk of KEYWARD_DATA, or raise JOURNAL_BYTES_MAX.';
const roomIsBack = 'The audit journal has room again: changes are taken.';

/** Starts a node: everything that serving needs, in the order in which it depends on each other. */
export async function startNode(config: Config, log: Log): Promise<RunningNode> {
  const stops = new StopList(log);
  try {
    return await startParts(config, log, stops);
  } catch (error) {
    await stops.run();
    throw error;
  }
}

async function startParts(config: Config, log: Log, stops: StopList): Promise<RunningNode> {
  const warn = (what: string) => (error: unknown) => log.warn({ err: error }, what);

  for (const warning of config.warnings) log.warn(warning);
  const installation = await openInstallation(config, 'node', log);
  stops.add('database', () => installation.close());
  const { database, directUrl, keyring, clock } = installation;
  await warnOfRole(installation);

  const place = await holdNodePlace({
    url: directUrl,
    sharesLimits: config.redisUrl !== undefined,
    onError: warn('the node lock was lost'),
  });
  stops.add('node lock', () => place.release());
  const limits = await openLimits(config, clock, log);
  stops.add('limits', () => limits.close());

  const importsKept = warn('imported keys are as they were read before');
  const memory = openKeyMemory(installation, () => void imports.reload().catch(importsKept));
  stops.add('key changes', () => memory.close());
  const bcrypt = bcryptKeys({ database: memory.database, clock });
  const imports = importedKeys({
    ...{ database: memory.database, keyring, clock, bcrypt },
    onError: importsKept,
  });
  await imports.reload();
  const finders = [ownKeys(keyring, keyLookup(memory.database), bcrypt), imports];

  const blocks = await openBlocks(installation, memory.database);
  stops.add('blocks', () => blocks.stop());

  const services = createServices(installation, limits.store, finders);
  await migrateServices(installation, services);
  for (const service of services) {
    await service.start?.();
    stops.add(service.name, async () => service.stop?.());
  }

  const journal = await openJournal({
    folder: installation.journalFolder,
    clock,
    ...(config.journalBytesMax !== undefined && { bytesMax: config.journalBytesMax }),
    onError: warn('the journal could not sync'),
    onLow: (isLow) => log[isLow ? 'error' : 'warn'](isLow ? roomIsLow : roomIsBack),
  });
  stops.add('journal', () => journal.close());
  const sequencer = startSequencer({
    databaseUrl: directUrl,
    signingKey: keyring.primary('checkpoints').material,
    anchors: [anchorOf(config, journal.nodeId)],
    onError: warn('the audit log could not be sequenced'),
    onAnchorError: warn('checkpoints of the audit log could not be kept outside; they follow'),
  });
  stops.add('sequencer', () => sequencer.stop());
  const shipper = startShipper({
    databaseUrl: directUrl,
    folder: installation.journalFolder,
    nodeId: journal.nodeId,
    clock,
    onError: warn('the journal could not be shipped'),
    onFinding: (finding) => log.error({ finding }, 'the journal holds something that is no entry'),
  });
  const atWork = await nodeAtWork(
    database,
    journal.nodeId,
    shipper,
    warn('how far the journal is was not noted'),
  );
  stops.add('shipper', async () => {
    atWork.stop();
    await shipper
      .drain(AbortSignal.timeout(graceMs))
      .then(() => atWork.rest())
      .catch(warn('the journal stays on this disk and is shipped at the next start'));
    await shipper.stop();
  });

  const lastUsed = trackLastUsed(database, warn('last use of keys was not noted'));
  stops.add('last used', () => lastUsed.stop());
  const keys = createKeyVerifier({
    cache: memory.cache,
    finders,
    clock,
    onStoreError: warn('keys cannot be looked up'),
    serveWhenAwayMs: config.keysServedWhenAwayMs,
    onStale: (areServed) => log.error(areServed ? staleBegins : staleEnds),
  });

  const readiness = readinessOf({
    ...{ database: memory.database, limits, keys, journal, services, clock, config },
    isStopping: () => stops.isRunning,
  });
  const system = systemService({ describe: () => describe(guard), publicUrl: config.publicUrl, readiness });
  const guard: Guard = createGuard({
    services: [system, ...services],
    keys,
    uses: keyUses(database),
    limits: limits.store,
    addressLimits: config.addressLimits,
    blocks: blocks.table,
    journal,
    clock,
    lastUsed,
    corsOrigins: config.corsOrigins,
    trustedProxies: config.trustedProxies,
    syncBeforeAnswer: config.syncBeforeAnswer,
    onError: requestErrors(log, clock),
  });

  const smtp = config.smtpUrl === undefined ? {} : { smtp: { url: config.smtpUrl, from: config.mailFrom } };
  const jobs = await startJobs({
    database,
    jobs: [
      ...guardJobs(
        database,
        keyring,
        {
          ...smtp,
          webhookSecrets: webhookSecretsOf({ database, keyring, clock }),
          privateAddressesAllowed: config.webhookPrivateAddressesAllowed,
          fill: fillClaimLinks({ database, keyring, publicUrl: config.publicUrl }),
        },
        config.securityContact,
        await archiveDeps(installation),
      ),
      ...meterrJobs(database, config.securityContact),
      ...services.flatMap(({ jobs: own = [] }) => own),
    ],
    clock,
    log,
    migrates: false,
  });
  stops.add('jobs', () => jobs.stop());

  returnMemory();
  const listener = await listen(guard, config);
  stops.add('http', () => listener.close(graceMs));
  log.info({ url: listener.url, database: config.databaseUrl ?? 'embedded', limits: limits.kind }, 'ready');
  return { url: listener.url, stop: () => stops.run() };
}

function describe(guard: Guard): ApiDescription {
  return describeApi(guard.router.routes, {
    title: 'Keyward',
    version: '1',
    description:
      'Token metadata and media, AI usage and costs, and the operators’ own API, all behind one guard.',
  }) as unknown as ApiDescription;
}
