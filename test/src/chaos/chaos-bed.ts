import type { Keyward } from '../product/keyward.ts';
import { createPerson, issueKey } from '../product/people-and-keys.ts';
import { Ledger } from './ledger.ts';
import { Load } from './load.ts';
import { Traffic, type TrafficKeys } from './traffic.ts';
import {
  readDocumentsAgain,
  resendUnacknowledged,
  summedByClients,
  summedByService,
} from './what-is-kept.ts';

/** A product with keys, and the clients that load it. */
export interface ChaosBed {
  readonly keyward: Keyward;
  readonly keys: TrafficKeys;
  readonly ledger: Ledger;
  readonly traffic: Traffic;
  readonly load: Load;
}

/** `keyward` runs or not: the command line works both ways. */
export async function makeChaosBed(keyward: Keyward): Promise<ChaosBed> {
  await createPerson(keyward, 'ada');
  const [metadata, meterr, narrow] = await Promise.all([
    issueKey(keyward, 'ada', { service: 'metadata' }),
    issueKey(keyward, 'ada', { service: 'meterr' }),
    issueKey(keyward, 'ada', { service: 'metadata', scopes: ['metadata:read'] }),
  ]);
  const keys = { metadata: metadata.key, meterr: meterr.key, narrow: narrow.key };
  const ledger = new Ledger();
  const traffic = new Traffic(keys, ledger);
  return { keyward, keys, ledger, traffic, load: new Load(traffic, ledger) };
}

/**
 * After the last kill, with the node running: reads and resends everything, so that what is wrong is in the ledger.
 * Gives the sums of the service beside those of the clients; they must be equal.
 */
export async function settleAccounts({ keyward, keys, ledger, traffic, load }: ChaosBed) {
  await readDocumentsAgain(load, traffic, keyward);
  const resent = await resendUnacknowledged(load, traffic, keyward);
  const kept = await summedByService(keyward, keys.meterr);
  return { resent, kept, sent: summedByClients(ledger) };
}
