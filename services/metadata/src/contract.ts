import { collectionsContract } from './collections/collections-contract.ts';
import { documentsContract } from './documents/documents-contract.ts';
import { mediaContract } from './media/contract.ts';
import { tokenUrisContract } from './token-uris/token-uris-contract.ts';

/** The routes of the metadata service. */
export const metadataContract = {
  ...documentsContract,
  ...collectionsContract,
  ...mediaContract,
  ...tokenUrisContract,
};
