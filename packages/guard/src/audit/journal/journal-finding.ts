/** Something about a journal that an operator should know. None of them stops the shipping. */
export type JournalFinding =
  /** Damaged bytes between sound records. They are kept in `<folder>/damaged`. */
  | { readonly kind: 'corrupt'; readonly segment: number; readonly fromByte: number; readonly toByte: number }
  /** A record that a crash cut off; nobody was answered before it was complete. */
  | { readonly kind: 'torn'; readonly segment: number; readonly fromByte: number; readonly toByte: number }
  /** The database stands at a segment that is no longer there: it was restored, or the file was removed. */
  | { readonly kind: 'missing'; readonly segment: number }
  /** The database stands behind the end of the journal: the folder was restored. All of it is read again. */
  | { readonly kind: 'replaced'; readonly segment: number }
  /** An entry that PostgreSQL refused. It is in the log with the reason and its text in `after`. */
  | { readonly kind: 'refused'; readonly id: string; readonly reason: string }
  /** PostgreSQL would not count the requests of a batch by key (K11). Its entries are all in the log. */
  | { readonly kind: 'uncounted'; readonly requests: number; readonly reason: string }
  /** A shipped segment could not be removed, or damaged bytes could not be kept. */
  | { readonly kind: 'file_error'; readonly segment: number; readonly reason: string };
