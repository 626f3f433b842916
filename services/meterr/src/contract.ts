import { budgetsContract } from './budgets/contract.ts';
import { costsContract } from './costs/contract.ts';
import { pricesContract } from './prices/contract.ts';
import { providersContract } from './providers/contract.ts';
import { proxyContract } from './proxy/contract.ts';
import { summaryContract } from './summary/contract.ts';
import { teamsContract } from './teams/contract.ts';
import { tokensContract } from './tokens/contract.ts';
import { usageContract } from './usage/contract.ts';

/** The routes of meterr, as data. */
export const meterrContract = {
  ...tokensContract,
  ...summaryContract,
  ...usageContract,
  ...costsContract,
  ...pricesContract,
  ...budgetsContract,
  ...teamsContract,
  ...providersContract,
  ...proxyContract,
};
