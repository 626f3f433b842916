import { join } from 'node:path';
import { controlScopes, controlService } from '@keyward/control';
import type { AnyService, LimitStore, ScopeCatalogue } from '@keyward/guard';
import { type MigrationSet, runMigrations } from '@keyward/guard/database';
import { metadataService } from '@keyward/metadata';
import { meterrService } from '@keyward/meterr';
import type { Installation } from './installation.ts';

/** The services of this product behind the operators' own. A new service is one more line here. */
export function createServices(installation: Installation, limits: LimitStore): AnyService[] {
  const { database, clock, config, log } = installation;
  const guests: AnyService[] = [
    metadataService({ database, clock, mediaFolder: join(config.dataFolder, 'media'), log }),
    meterrService({ database, clock, log }),
  ];
  return [controlService({ ...installation, limits, scopes: scopesOf(guests) }), ...guests];
}

/** The scopes of all services, the operators' included: what keys may be made for. */
export function scopesOf(guests: readonly AnyService[]): ScopeCatalogue {
  return new Map([
    ['control', controlScopes],
    ...guests.map((service) => [service.name, service.scopes] as const),
  ]);
}

/** Brings the tables of every service up to date. */
export async function migrateServices(
  installation: Installation,
  services: readonly AnyService[],
): Promise<void> {
  const sets: MigrationSet[] = services.flatMap(({ name, migrations }) =>
    migrations === undefined ? [] : [{ name, folder: migrations }],
  );
  await runMigrations(installation.directUrl, sets);
}
