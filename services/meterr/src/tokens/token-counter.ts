/** Counts off the serving thread, under a time limit (T1). */
export interface TokenCounter {
  count(
    text: string,
    encoding: string,
  ): Promise<
    | { readonly ok: true; readonly count: number }
    | { readonly ok: false; readonly reason: 'busy' | 'timeout' | 'failed' }
  >;
}

/** The encoding of a model and whether it is the model's own or the nearest public one. */
export type EncodingForModel = (model: string) => {
  readonly encoding: string;
  readonly exactness: 'exact' | 'estimated';
};
