import type { Clock } from '@keyward/guard';
import type { Database } from '@keyward/guard/database';
import { watchService } from '../../outside/index.ts';
import { endRefusal } from '../quota/block-provider.ts';
import type { PinProvider } from './pin-provider.ts';
import { PinningError } from './pinning-error.ts';

/** The same provider; how it answers is written down, and when it takes our credentials again what waited goes on (O6). */
export function watchProvider(provider: PinProvider, database: Database, clock: Clock): PinProvider {
  const { name } = provider;
  const watch = watchService({
    ...{ name, database, clock },
    judge: stateOf,
    onMended: () => endRefusal(database, name, new Date(clock.now())),
  });
  return {
    name,
    takesContent: provider.takesContent,
    find: (cid, signal) => watch('read', () => provider.find(cid, signal)),
    status: (id, signal) => watch('read', () => provider.status(id, signal)),
    send: (request, signal) => watch('write', () => provider.send(request, signal)),
    remove: (id, signal) => watch('write', () => provider.remove(id, signal)),
  };
}

function stateOf(error: unknown): 'refused' | 'away' | undefined {
  if (!(error instanceof PinningError)) return undefined;
  if (error.fault === 'credentials_refused') return 'refused';
  return error.fault === 'provider_unavailable' ? 'away' : undefined;
}
