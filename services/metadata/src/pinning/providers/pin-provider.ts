import type { CarSource } from '../content/car-source.ts';

/** What marks our pins at a provider. */
export const pinMark = { keyward: 'pin' } as const;
/** What their names begin with. */
export const pinNamePrefix = 'keyward ';

export const pinProviders = ['pinata', 'pinning-service'] as const;
export type PinProviderName = (typeof pinProviders)[number];

/** A pin as its provider has it. */
export interface RemotePin {
  /** The provider's name for it. */
  readonly id: string;
  readonly cid: string;
  readonly state: 'pending' | 'pinned' | 'failed';
  /** Whether this product made it: what others keep in the same account is never taken away. */
  readonly isOurs: boolean;
  /** The provider's words, masked and cut. */
  readonly detail?: string | undefined;
}

export interface PinRequest {
  readonly cid: string;
  readonly name: string;
  /** The provider's name of a pin that this one takes the place of. */
  readonly replaces?: string | undefined;
  /** For providers that are given the content. */
  readonly content: CarSource;
  /** Where an upload that broke off goes on. */
  readonly uploadUrl?: string | undefined;
  /** Hears where an upload can go on, before its first byte. */
  readonly onUploadUrl: (url: string) => Promise<void>;
}

/** Keeps contents on IPFS (N6). Whatever goes wrong is a `PinningError`; every request spends a permit first. */
export interface PinProvider {
  readonly name: PinProviderName;
  /** Whether it is given the content; otherwise it fetches it by its CID. */
  readonly takesContent: boolean;
  /** Pins of this CID in the account, those that failed included. */
  find(cid: string, signal: AbortSignal): Promise<readonly RemotePin[]>;
  /** Undefined: it has none of that name. */
  status(id: string, signal: AbortSignal): Promise<RemotePin | undefined>;
  /** Has it pinned. To be asked only when `find` has none: most providers would pin it twice. */
  send(request: PinRequest, signal: AbortSignal): Promise<RemotePin>;
  /** Does nothing when there is nothing. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}
