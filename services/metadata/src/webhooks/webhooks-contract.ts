import { deliveriesContract } from './contract/deliveries-contract.ts';
import { endpointsContract } from './contract/endpoints-contract.ts';

/** Webhooks (N7): endpoints of an owner and environment, and what is sent to them. */
export const webhooksContract = { ...endpointsContract, ...deliveriesContract };
