import { pricesContract } from './prices/contract.ts';
import { providersContract } from './providers/contract.ts';
import { proxyContract } from './proxy/contract.ts';
import { summaryContract } from './summary/contract.ts';
import { tokensContract } from './tokens/contract.ts';
import { usageContract } from './usage/contract.ts';

/** The routes of meterr, as data. */
export const meterrContract = {
  ...tokensContract,
  ...summaryContract,
  ...usageContract,
  ...pricesContract,
  ...providersContract,
  ...proxyContract,
};
