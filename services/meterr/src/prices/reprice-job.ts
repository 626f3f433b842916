import type { Job } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { Catalogue } from './catalogue.ts';
import { loadCatalogue } from './load-catalogue.ts';
import { applyRepricing } from './reprice.ts';

/** Prices what had no price as soon as it is known (T4): after a new library, or a price of an operator's. */
export function repriceJob(database: Database): Job<'meterr-reprice'> {
  return {
    name: 'meterr-reprice',
    schedule: '@every 300s',
    async run(_input, { clock, log }) {
      const catalogue = new Catalogue(await loadCatalogue(database));
      const done = await applyRepricing({ database, clock }, catalogue, { via: 'job' });
      if (done.events > 0)
        log.info(
          { events: done.events, cost: done.cost.toFixed() },
          'usage was priced that had no price before',
        );
    },
  };
}
