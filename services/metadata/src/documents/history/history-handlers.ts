import type { Handlers } from '@keyward/guard';
import type { DocumentDeps } from '../document-deps.ts';
import { diffVersions } from './diff-versions.ts';
import type { historyContract } from './history-contract.ts';
import { listVersions } from './list-versions.ts';
import { readVersion } from './read-version.ts';
import { restoreVersion } from './restore-version.ts';

export function historyHandlers(deps: DocumentDeps): Handlers<typeof historyContract> {
  return {
    listVersions({ params, query }, context) {
      context.audited(params.id);
      return listVersions(deps, context.caller, { ...query, id: params.id });
    },

    readVersion({ params, headers }, context) {
      context.audited(params.id);
      return readVersion(deps, context.caller, { ...params, ifNoneMatch: headers['if-none-match'] });
    },

    diffVersions({ params, query }, context) {
      context.audited(params.id);
      return diffVersions(deps, context.caller, { ...query, id: params.id });
    },

    restoreVersion({ params, headers }, context) {
      context.audited(params.id);
      return restoreVersion(deps, context.caller, { ...params, ifMatch: headers['if-match'] });
    },
  };
}
