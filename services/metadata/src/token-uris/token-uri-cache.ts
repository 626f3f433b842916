import type { Clock } from '@keyward/guard';

/** The bytes behind a token URI and their CID. */
export interface TokenUriContent {
  readonly document: string;
  readonly cid: string;
}

/** What this node remembers of published token URIs. */
export interface TokenUriCache {
  get(key: string): TokenUriContent | undefined;
  /** Looks it up and remembers it, unless something was forgotten in between: it may be older than the change. */
  fill(key: string, lookUp: () => Promise<TokenUriContent | undefined>): Promise<TokenUriContent | undefined>;
  /** To be called after a change has been committed. */
  forget(key: string): void;
  /** The same for everything of a collection. */
  forgetCollection(collectionId: string): void;
  /** Whether a collection is known to be published, which it then stays (N4). */
  isPublished(collectionId: string): boolean;
  rememberPublished(collectionId: string): void;
}

export interface TokenUriCacheOptions {
  readonly clock: Clock;
  /** How long another node's change may go unseen. Default 5,000; answers may be kept for 60 s by anybody (H1). */
  readonly maxAgeMs?: number;
  readonly entriesMax?: number;
  /** Characters of documents. Default 16 Mi. */
  readonly charactersMax?: number;
}

/** Token URIs are read by everybody and changed seldom; hot ones are answered from memory (P12). */
export function createTokenUriCache(options: TokenUriCacheOptions): TokenUriCache {
  const { clock, maxAgeMs = 5_000, entriesMax = 10_000, charactersMax = 16 * 1024 * 1024 } = options;
  const entries = new Map<string, { content: TokenUriContent; until: number }>();
  const published = new Set<string>();
  let characters = 0;
  let generation = 0;

  function drop(key: string): void {
    characters -= entries.get(key)?.content.document.length ?? 0;
    entries.delete(key);
  }
  function put(key: string, content: TokenUriContent): void {
    drop(key);
    entries.set(key, { content, until: clock.monotonic() + maxAgeMs });
    characters += content.document.length;
    for (const oldest of entries.keys()) {
      if (entries.size <= entriesMax && characters <= charactersMax) return;
      drop(oldest);
    }
  }

  return {
    get(key) {
      const entry = entries.get(key);
      return entry && entry.until > clock.monotonic() ? entry.content : undefined;
    },
    async fill(key, lookUp) {
      const before = generation;
      const content = await lookUp();
      if (content && before === generation) put(key, content);
      return content;
    },
    forget(key) {
      generation++;
      drop(key);
    },
    forgetCollection(collectionId) {
      generation++;
      published.delete(collectionId);
      for (const key of entries.keys()) if (key.startsWith(`${collectionId}/`)) drop(key);
    },
    isPublished: (collectionId) => published.has(collectionId),
    rememberPublished(collectionId) {
      published.add(collectionId);
      for (const oldest of published) {
        if (published.size <= entriesMax) return;
        published.delete(oldest);
      }
    },
  };
}

/** The key of a token URI. */
export function tokenUriKey(collectionId: string, tokenId: string): string {
  return `${collectionId}/${tokenId}`;
}

/** The key of what every token URI of a draft answers. */
export function placeholderKey(collectionId: string): string {
  return `${collectionId}/`;
}

/** The key of a contract's metadata. */
export function contractKey(collectionId: string): string {
  return `${collectionId}/contract`;
}
