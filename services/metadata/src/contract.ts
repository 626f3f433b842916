import { collectionsContract } from './collections/collections-contract.ts';
import { contentsContract } from './collections/contents/contents-contract.ts';
import { deletedCollectionsContract } from './collections/deleted/deleted-collections-contract.ts';
import { freezeCollectionContract } from './collections/freeze/freeze-collection-contract.ts';
import { batchContract } from './documents/batch/batch-contract.ts';
import { deletedContract } from './documents/deleted/deleted-contract.ts';
import { documentsContract } from './documents/documents-contract.ts';
import { freezeContract } from './documents/freeze/freeze-contract.ts';
import { historyContract } from './documents/history/history-contract.ts';
import { mediaContract } from './media/contract.ts';
import { pinningContract } from './pinning/routes/pinning-contract.ts';
import { tokenUrisContract } from './token-uris/token-uris-contract.ts';
import { webhooksContract } from './webhooks/webhooks-contract.ts';

/** The routes of the metadata service. */
export const metadataContract = {
  ...documentsContract,
  ...batchContract,
  ...historyContract,
  ...deletedContract,
  ...freezeContract,
  ...collectionsContract,
  ...contentsContract,
  ...deletedCollectionsContract,
  ...freezeCollectionContract,
  ...mediaContract,
  ...pinningContract,
  ...webhooksContract,
  ...tokenUrisContract,
};
