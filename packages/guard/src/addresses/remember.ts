/**
 * Wraps a pure function so that recent answers are remembered: at least the last `entriesMax` distinct arguments,
 * at most twice as many. When one generation is full the older is dropped whole, so nothing is sorted or swept.
 */
export function remember<T>(entriesMax: number, compute: (text: string) => T): (text: string) => T {
  let recent = new Map<string, T>();
  let older = new Map<string, T>();
  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const answer = older.get(text) ?? compute(text);
    if (recent.size >= entriesMax) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, answer);
    return answer;
  };
}
