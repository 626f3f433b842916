import type { KeyringKey } from '../../encryption/keyring.ts';
import { judgeMatch } from './judge-match.ts';
import type { Match } from './key-search.ts';
import type { Place, Sighting, Verdict } from './sighting.ts';

/** A match that counts, before its line is known. */
export interface JudgedMatch extends Match {
  readonly verdict: Verdict;
}

export interface Findings {
  readonly sightings: Sighting[];
  /** Sightings beyond the most that are kept. */
  readonly leftOut: number;
  /** Texts of the form of a key that are none of ours, kept or not. */
  readonly lookalikes: number;
  /** The matches that are to be reported. */
  judge(matches: readonly Match[]): JudgedMatch[];
  add(match: JudgedMatch, place: Place): void;
}

/** So many are kept and shown: a hostile tree must not fill the memory. */
const sightingsMax = 10_000;

export function collectFindings(options: {
  /** Undefined: nobody can tell ours from others. */
  readonly checksumKeys: readonly KeyringKey[] | undefined;
  readonly lookalikesAreShown: boolean;
}): Findings {
  const sightings: Sighting[] = [];
  let judged = 0;
  let leftOut = 0;
  let lookalikes = 0;

  const judgeOne = (match: Match): JudgedMatch[] => {
    const verdict = judgeMatch(match, options.checksumKeys);
    if (verdict === undefined) return [];
    if (verdict === 'lookalike') lookalikes += 1;
    if (verdict === 'lookalike' && !options.lookalikesAreShown) return [];
    judged += 1;
    if (judged <= sightingsMax) return [{ ...match, verdict }];
    leftOut += 1;
    return [];
  };

  return {
    sightings,
    get leftOut() {
      return leftOut;
    },
    get lookalikes() {
      return lookalikes;
    },
    judge: (matches) => (matches.length === 0 ? [] : matches.flatMap(judgeOne)),
    add: ({ text, verdict }, place) => void sightings.push({ text, verdict, place }),
  };
}
