import { type IdentifiedKey, maskKey, maskKeysIn, type Sighting } from '@keyward/guard';

export interface PresentedSighting {
  readonly key: string;
  /** What the key is by now, or why that is not known: `unknown`, `lookalike`, `unchecked`. */
  readonly state: string;
  readonly revoked_now: boolean;
  readonly id: string | null;
  readonly owner_id: string | null;
  readonly file: string | null;
  readonly commit: string | null;
  readonly object: string | null;
  readonly type: string | null;
  readonly line: number;
}

/** A seen key as people may see it: masked, and no key in its place either. */
export function presentSighting(
  { text, verdict, place }: Sighting,
  key: IdentifiedKey | undefined,
  isRevokedNow: boolean,
): PresentedSighting {
  const state = verdict === 'own' ? (key?.status ?? 'unknown') : verdict;
  return {
    key: maskKey(text),
    state: isRevokedNow ? 'revoked' : state,
    revoked_now: isRevokedNow,
    id: key?.id ?? null,
    owner_id: key?.ownerId ?? null,
    ...presentPlace(place),
  };
}

function presentPlace(place: Sighting['place']) {
  const { line } = place;
  if (place.kind === 'file')
    return { file: maskKeysIn(place.path), commit: null, object: null, type: null, line };
  const file = place.path === undefined ? null : maskKeysIn(place.path);
  return { file, commit: place.commit ?? null, object: place.object, type: place.type, line };
}

/** `src/app.env:3`, or `commit:src/app.env:3`. */
export function placeInWords({ file, commit, object, type, line }: PresentedSighting): string {
  if (object === null) return `${printable(file ?? '')}:${line}`;
  const within = file ?? (type === 'commit' ? '(message)' : `(${type} ${object.slice(0, 12)})`);
  return `${commit?.slice(0, 12) ?? 'no commit'}:${printable(within)}:${line}`;
}

/** The names of files are others' words: none of them may steer the terminal. */
function printable(name: string): string {
  return /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name)
    ? JSON.stringify(name).replace(
        /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    : name;
}
