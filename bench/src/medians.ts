/** The middle of the values, of an even number the mean of the middle two. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = sorted[Math.ceil(middle) - 1] ?? Number.NaN;
  const high = sorted[Math.floor(middle)] ?? Number.NaN;
  return (low + high) / 2;
}

/** The median of what each pair of one round gives: rounds differ by more than their halves do. */
export function medianOfPairs<T>(
  ours: readonly T[],
  theirs: readonly T[],
  compare: (ours: T, theirs: T) => number,
): number {
  return median(ours.map((one, at) => compare(one, theirs[at] as T)));
}
