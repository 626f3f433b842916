import { auditContract } from './audit/contract.ts';
import { keysContract } from './keys/contract.ts';
import { peopleContract } from './people/contract.ts';

/** The operators' API, and what a key's holder may ask about the key itself. */
export const controlContract = { ...keysContract, ...peopleContract, ...auditContract };
