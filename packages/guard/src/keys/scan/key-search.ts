/** A text of the form of a key, in plain spelling, and where its first byte stands. */
export interface Match {
  readonly text: string;
  /** Bytes from the beginning of the data. */
  readonly offset: number;
  /** Whether it stands alone: no letter or digit touches it, save those of an escape such as `%20` or `\n`. */
  readonly isBounded: boolean;
  /** Whether the data is no text, by git's rule. There, lengths and neighbouring fields may touch a key. */
  readonly isInBinary: boolean;
}

/** Searches data that comes in pieces: `begin`, `push` for each piece, `end`. Holds a window, never the whole. */
export interface KeySearch {
  begin(): void;
  push(bytes: Uint8Array): Match[];
  end(): Match[];
}

const dash = String.raw`(?:-|%2[dD]|\\u002[dD])`;
const underscore = String.raw`(?:_|\\_|%5[fF]|\\u005[fF])`;
const narrow = new RegExp(
  `sk${dash}([a-z][a-z0-9]{0,31})${underscore}(live|test)${underscore}([A-Za-z0-9]{32})`,
  'g',
);
// UTF-16 of either byte order: a zero byte between the characters.
const wide =
  /s\0k\0-\0([a-z]\0(?:[a-z0-9]\0){0,31})_\0(l\0i\0v\0e\0|t\0e\0s\0t\0)_\0((?:[A-Za-z0-9]\0){31}[A-Za-z0-9])/g;
const wideStart = Buffer.from('s\0k\0-\0', 'latin1');

const endsApart = /(?:^|[^A-Za-z0-9]|%[0-9A-Fa-f]{2}|\\[A-Za-z0]|\\u[0-9A-Fa-f]{4}|\\x[0-9A-Fa-f]{2})$/;
const letterOrDigit = /[A-Za-z0-9]/;

/** The longest spelling has 158 bytes; this much of the end waits for what comes next. */
const overlapBytes = 256;
/** What stands before a match and tells whether it is bounded: `\u0022`, in UTF-16. */
const contextBytes = 16;
const pieceBytes = 256 * 1024;
/** Where git looks for a zero byte to call data binary. */
const binaryProbeBytes = 8000;

/** A search that may be used again and again; its window is made once. */
export function createKeySearch(): KeySearch {
  const window = Buffer.allocUnsafeSlow(pieceBytes + overlapBytes + contextBytes);
  let length = 0;
  let fresh = 0;
  let offset = 0;
  let isInBinary = false;

  const matchesUpTo = (cut: number): Match[] => {
    const text = window.toString('latin1', 0, length);
    const found = spellings(text, narrow, fresh, cut, offset, isInBinary);
    if (window.subarray(fresh, length).includes(wideStart))
      found.push(...spellings(text, wide, fresh, cut, offset, isInBinary));
    return found;
  };

  const take = (piece: Uint8Array): Match[] => {
    if (offset === 0 && length < binaryProbeBytes)
      isInBinary ||= piece.subarray(0, binaryProbeBytes - length).includes(0);
    window.set(piece, length);
    length += piece.length;
    const cut = length - overlapBytes;
    if (cut <= fresh) return [];
    const found = matchesUpTo(cut);
    const keptFrom = Math.max(0, cut - contextBytes);
    window.copyWithin(0, keptFrom, length);
    offset += keptFrom;
    length -= keptFrom;
    fresh = cut - keptFrom;
    return found;
  };

  return {
    begin() {
      length = 0;
      fresh = 0;
      offset = 0;
      isInBinary = false;
    },
    push(bytes) {
      if (bytes.length <= pieceBytes) return take(bytes);
      const found: Match[] = [];
      for (let at = 0; at < bytes.length; at += pieceBytes)
        found.push(...take(bytes.subarray(at, at + pieceBytes)));
      return found;
    },
    end: () => (length === fresh ? [] : matchesUpTo(length)),
  };
}

/** The matches that begin from `from` up to `cut`, in a window that stands at `offset` of the data. */
function spellings(
  text: string,
  form: RegExp,
  from: number,
  cut: number,
  offset: number,
  isInBinary: boolean,
): Match[] {
  const found: Match[] = [];
  form.lastIndex = from;
  for (let match = form.exec(text); match !== null && match.index < cut; match = form.exec(text)) {
    const [raw, service, environment, secret] = match;
    const isBounded = standsAlone(text, match.index, form.lastIndex, form === wide);
    const plain = `sk-${service}_${environment}_${secret}`;
    found.push({
      text: raw.includes('\0') ? plain.replaceAll('\0', '') : plain,
      offset: offset + match.index,
      isBounded,
      isInBinary,
    });
  }
  return found;
}

function standsAlone(text: string, start: number, end: number, isWide: boolean): boolean {
  const before = text.slice(Math.max(0, start - (isWide ? 12 : 6)), start);
  // In UTF-16 the byte that follows is the other half of a character.
  const after = text.charAt(isWide ? end + 1 : end);
  return endsApart.test(isWide ? before.replaceAll('\0', '') : before) && !letterOrDigit.test(after);
}
