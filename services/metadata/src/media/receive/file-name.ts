import { displayName, type Problem, refuse } from '@keyward/guard';

const nameSchema = displayName(255);

/**
 * The name under which a file is shown, from what the client called it. Folders are cut off; it is never a path.
 * The three escapes that browsers write in form data (HTML, section 4.10.22.8) are read back.
 * Refuses names that are too long, or hold control or bidirectional characters (V3).
 */
export function fileNameOf(claimed = ''): string | Problem {
  const text = claimed.replace(/%(22|0D|0A)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  const name = text.slice(text.search(/[^/\\]*$/)).toWellFormed();
  if (['', '.', '..'].includes(name.trim())) return 'file';
  const shown = nameSchema.safeParse(name);
  if (shown.success) return shown.data;
  return refuse('invalid_request', {
    errors: shown.error.issues.map(({ message }) => ({ pointer: '/file', message })),
  });
}
