import { auditContract } from './audit/contract.ts';
import { auditProofsContract } from './audit-proofs/contract.ts';
import { blocksContract } from './blocks/contract.ts';
import { claimsContract } from './claims/contract.ts';
import { emergencyContract } from './emergency/contract.ts';
import { importsContract } from './imports/contract.ts';
import { keysContract } from './keys/contract.ts';
import { leaksContract } from './leaks/contract.ts';
import { peopleContract } from './people/contract.ts';
import { rotationsContract } from './rotations/contract.ts';

/** The operators' API, and what a key's holder may ask about the key itself. */
export const controlContract = {
  ...keysContract,
  ...rotationsContract,
  ...claimsContract,
  ...emergencyContract,
  ...importsContract,
  ...leaksContract,
  ...peopleContract,
  ...auditContract,
  ...auditProofsContract,
  ...blocksContract,
};
