import { join } from 'node:path';
import { controlScopes, controlService } from '@keyward/control';
import { controlContract } from '@keyward/control/contract';
import {
  type AnyService,
  type KeyFinder,
  type LimitStore,
  memoryLimits,
  migrateJobs,
  type Route,
  type ScopeCatalogue,
} from '@keyward/guard';
import { type MigrationSet, runMigrations } from '@keyward/guard/database';
import { metadataService } from '@keyward/metadata';
import { meterrService } from '@keyward/meterr';
import { neverBlocked } from './address-settings.ts';
import { archivedRowsOf } from './audit-archive.ts';
import type { Installation } from './installation.ts';

/** The services of this product behind the operators' own. A new service is one more line here. */
export function createServices(
  installation: Installation,
  limits: LimitStore,
  /** Finds keys of each kind, for those that are reported as leaked. Default: those that we made. */
  finders?: readonly KeyFinder[],
): AnyService[] {
  const { database, clock, keyring, config, log } = installation;
  const guests: AnyService[] = [
    metadataService({
      ...{ database, clock, keyring, log },
      mediaFolder: join(config.dataFolder, 'media'),
      mediaQuotaBytes: config.mediaQuotaBytes,
      pinning: config.pinning,
      stores: config.stores,
      webhookPrivateAddressesAllowed: config.webhookPrivateAddressesAllowed,
      securityContact: config.securityContact,
    }),
    meterrService({
      ...{ database, clock, keyring, log },
      providers: config.providers,
      proxyDrainMs: config.proxyDrainMs,
    }),
  ];
  const deps = {
    ...installation,
    archivedRows: archivedRowsOf(installation),
    publicUrl: config.publicUrl,
    neverBlock: neverBlocked(config),
    leaks: {
      policy: config.leakedKeys,
      githubKeysUrl: config.githubKeysUrl,
      securityContact: config.securityContact,
      ...(finders && { finders }),
    },
    limits,
    scopes: scopesOf(guests),
    services: guests,
    routes: [...routesOf(guests), ...Object.values(controlContract)],
  };
  return [controlService(deps), ...guests];
}

/** The same for a command, which reads what they declare and serves no request. */
export function declaredServices(installation: Installation): AnyService[] {
  return createServices(installation, memoryLimits({ clock: installation.clock }));
}

/** The scopes of all services, the operators' included: what keys may be made for. */
export function scopesOf(guests: readonly AnyService[]): ScopeCatalogue {
  return new Map([
    ['control', controlScopes],
    ...guests.map((service) => [service.name, service.scopes] as const),
  ]);
}

/** Every route of the services. */
export function routesOf(services: readonly AnyService[]): Route[] {
  return services.flatMap(({ contract }) => Object.values(contract));
}

/** Brings the tables of every service and of the job queue up to date. */
export async function migrateServices(
  installation: Installation,
  services: readonly AnyService[],
): Promise<void> {
  const sets: MigrationSet[] = services.flatMap(({ name, migrations }) =>
    migrations === undefined ? [] : [{ name, folder: migrations }],
  );
  const { ownerUrl, directUrl } = installation;
  await runMigrations(ownerUrl, sets, { applicationUrl: directUrl, also: () => migrateJobs(ownerUrl) });
}
