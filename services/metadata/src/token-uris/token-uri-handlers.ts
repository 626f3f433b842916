import type { Handlers } from '@keyward/guard';
import type { DocumentDeps } from '../documents/document-deps.ts';
import { readToken } from './read-token.ts';
import type { tokenUrisContract } from './token-uris-contract.ts';

export function tokenUriHandlers(deps: DocumentDeps): Handlers<typeof tokenUrisContract> {
  return {
    readToken: ({ params, headers }) => readToken(deps, params, headers['if-none-match']),
  };
}
