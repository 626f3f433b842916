import { addressGroup, isLoopback } from '../../addresses/address-group.ts';
import type { LimitRequest, LimitWindow } from '../limit-store.ts';
import type { AddressLimits } from './address-limits.ts';

/** A window of the client's address: by which count a request is judged. */
export type AddressWindow = keyof AddressLimits;

/** The windows of an address, as a decision takes them; none for loopback, or where nothing goes by address. */
export type AddressWindows = (address: string, names: readonly AddressWindow[]) => readonly LimitRequest[];

const none: readonly LimitRequest[] = [];

/**
 * Names the counts of addresses in the limit store, so that they are shared by all nodes like those of keys:
 * `address:<group>:<window>`. A window's name holds no colon and nothing else begins `address:`, so no two counts meet.
 */
export function createAddressWindows(limits: AddressLimits | undefined): AddressWindows {
  if (limits === undefined) return () => none;
  const quiet = (name: AddressWindow): readonly LimitWindow[] => [{ ...limits[name], isQuiet: true }];
  const windows = {
    keyless: quiet('keyless'),
    failed: quiet('failed'),
    signIn: quiet('signIn'),
    keyed: quiet('keyed'),
  };
  return (address, names) => {
    if (isLoopback(address)) return none;
    const group = addressGroup(address);
    return names.map((name) => ({ key: `address:${group}:${name}`, windows: windows[name] }));
  };
}
