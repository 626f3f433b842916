import type { Readable } from 'node:stream';

/** Where archives are kept: a folder or a bucket. Nothing there is ever deleted or overwritten by us. */
export interface ArchivePlace {
  /** Such as `file:///var/lib/keyward/archives` or `s3://bucket/prefix`. */
  readonly name: string;
  /** Puts a local file there under a name that nothing else has, on disk when it resolves. */
  putFile(name: string, path: string): Promise<void>;
  putText(name: string, text: string): Promise<void>;
  /** Undefined when there is nothing of that name. */
  read(name: string): Promise<Readable | undefined>;
}
