import { type Problem, refuse } from '@keyward/guard';

const lengthMax = 255;

/** C0, DEL and C1 controls, and what reorders text on screen (V3; Unicode UAX 9, line and paragraph separators). */
const forbidden = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/**
 * The name under which a file is shown, from what the client called it. Folders are cut off; it is never a path.
 * The three escapes that browsers write in form data (HTML, section 4.10.22.8) are read back.
 * Refuses names that are too long, or hold control or bidirectional characters.
 */
export function fileNameOf(claimed: string | undefined): string | Problem {
  const text = (claimed ?? '').replace(/%(22|0D|0A)/g, (_, hex) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const name = text.slice(text.search(/[^/\\]*$/)).toWellFormed();
  if (name.length > lengthMax) return wrongName(`A file name has at most ${lengthMax} characters.`);
  if (forbidden.test(name)) return wrongName('A file name has no control or text-direction characters.');
  return name === '' || name === '.' || name === '..' ? 'file' : name;
}

function wrongName(message: string): Problem {
  return refuse('invalid_request', { errors: [{ pointer: '/file', message }] });
}
