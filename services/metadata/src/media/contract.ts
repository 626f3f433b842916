import { batchMediaContract } from './contract/batch-media-contract.ts';
import { serveMediaContract } from './contract/serve-media-contract.ts';
import { singleMediaContract } from './contract/single-media-contract.ts';
import { uploadContract } from './contract/upload-contract.ts';

/** Media files (N5, U1): uploads, their description, and their bytes. */
export const mediaContract = {
  ...singleMediaContract,
  ...batchMediaContract,
  ...uploadContract,
  ...serveMediaContract,
} as const;
