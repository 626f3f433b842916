/** A hash as it is stored in `key_hash`: `sha256.<base64url>`, or the bcrypt text. */
export interface ImportedHash {
  readonly algorithm: 'bcrypt' | 'sha256';
  readonly keyHash: string;
}

export interface HashDefect {
  readonly defect: string;
}

const bcrypt = /^\$2([abxy])\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const bcryptAlphabet = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const costMin = 4;
/** About 1 s; anybody who knows a prefix may make us run it. */
const costMax = 14;

/** Reads what another system stored of a key: bcrypt, or SHA-256 in hexadecimal, base64 or base64url. */
export function readImportedHash(text: string, algorithm?: 'bcrypt' | 'sha256'): ImportedHash | HashDefect {
  const read = text.startsWith('$') ? readBcrypt(text) : readSha256(text);
  if ('defect' in read || algorithm === undefined || algorithm === read.algorithm) return read;
  return { defect: `is a hash of ${read.algorithm}, not of ${algorithm}` };
}

function readBcrypt(text: string): ImportedHash | HashDefect {
  const match = bcrypt.exec(text);
  if (match === null) return { defect: 'is no bcrypt hash' };
  const [, version, costText, salt = '', digest = ''] = match;
  if (version === 'x') return { defect: 'is $2x$, made by a broken bcrypt' };
  const cost = Number(costText);
  if (cost < costMin || cost > costMax)
    return { defect: `has the bcrypt cost ${cost}; from ${costMin} to ${costMax} are taken` };
  // 22 characters hold 132 bits and a salt has 128: some old libraries left the rest set, and every bcrypt ignores it.
  const keyHash = `${text.slice(0, 7)}${cleared(salt, 4)}${cleared(digest, 2)}`;
  return { algorithm: 'bcrypt', keyHash };
}

/** The text with the lowest bits of its last character cleared. */
function cleared(text: string, bits: number): string {
  const value = bcryptAlphabet.indexOf(text.slice(-1));
  return text.slice(0, -1) + bcryptAlphabet[(value >> bits) << bits];
}

function readSha256(text: string): ImportedHash | HashDefect {
  const bytes = /^[0-9a-f]{64}$/i.test(text)
    ? Buffer.from(text, 'hex')
    : /^[A-Za-z0-9+/_-]{43}=?$/.test(text)
      ? Buffer.from(text, 'base64')
      : undefined;
  if (bytes?.length !== 32)
    return { defect: 'is no bcrypt hash and no SHA-256 in hexadecimal, base64 or base64url' };
  return { algorithm: 'sha256', keyHash: `sha256.${bytes.toString('base64url')}` };
}
