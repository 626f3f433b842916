import { z } from 'zod';
import { folderPlace } from './folder-place.ts';
import { s3Place } from './s3-place.ts';
import { webhookPlace } from './webhook-place.ts';

/** A checkpoint as it is kept outside. */
export interface AnchoredNote {
  readonly origin: string;
  readonly number: number;
  /** Unix milliseconds. */
  readonly signedAt: number;
  readonly note: string;
}

/** Where checkpoints are kept, out of the reach of whoever can write the database. */
export interface AnchorPlace {
  /** The same at every start, and of every node that writes to the very same place. */
  readonly name: string;
  /** Keeps them for good, in their order. One that is there already is left as it is. Rejects when the place is away. */
  keep(notes: readonly AnchoredNote[]): Promise<void>;
  close(): Promise<void>;
}

/** Where to, as data: a worker is given it. */
export type AnchorTarget =
  /** Append-only text files; `node` keeps those of several nodes in one folder apart. */
  | { readonly kind: 'folder'; readonly path: string; readonly node: string }
  | {
      readonly kind: 's3';
      readonly bucket: string;
      readonly prefix: string;
      readonly region: string | undefined;
      readonly endpoint: string | undefined;
      readonly retentionDays: number;
    }
  | { readonly kind: 'webhook'; readonly url: string };

export function anchorPlace(target: AnchorTarget): AnchorPlace | Promise<AnchorPlace> {
  switch (target.kind) {
    case 'folder':
      return folderPlace(target);
    case 's3':
      return s3Place(target);
    case 'webhook':
      return webhookPlace(target);
  }
}

const s3Options = z.strictObject({
  region: z.string().max(64).optional(),
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  retention_days: z.coerce.number().int().min(1).max(36_500).default(400),
});

/**
 * `s3://bucket/prefix`, with `?region=…&endpoint=…&retention_days=…`; `https://…`; or a folder. Gives a sentence when it
 * is none of them. `folder` and `node` stand for those of this node; a relative path begins at the working directory.
 */
export function parseAnchor(text: string, node: string): AnchorTarget | string {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return { kind: 'folder', path: text, node };
  const url = URL.parse(text);
  if (url?.protocol === 'https:' && url.username === '') return { kind: 'webhook', url: text };
  if (url?.protocol !== 's3:' || url.hostname === '')
    return 'must be a folder, s3://bucket/prefix or an https:// URL without a password';
  const options = s3Options.safeParse(Object.fromEntries(url.searchParams));
  if (!options.success) return 'takes ?region=, endpoint= and retention_days= (1 to 36500) with s3:// only';
  const { region, endpoint, retention_days: retentionDays } = options.data;
  const prefix = url.pathname.replace(/^\/|\/$/g, '');
  return { kind: 's3', bucket: url.hostname, prefix, region, endpoint, retentionDays };
}
