import { countLines } from './count-lines.ts';
import type { JudgedMatch } from './findings.ts';
import { readFilePieces } from './read-file-pieces.ts';
import type { ScanRun } from './scan-run.ts';
import { type WalkedFile, walkFiles } from './walk-files.ts';

const bufferBytes = 256 * 1024;

/** Searches the files under a folder, or the one file; gives the folders that git may know. */
export async function scanFiles(root: string, run: ScanRun): Promise<string[]> {
  const repositories: string[] = [];
  const buffer = Buffer.allocUnsafeSlow(bufferBytes);
  const total = run.onProgress === undefined ? 0 : await countFiles(root, run);
  const events = {
    onRepository: (folder: string) => void repositories.push(folder),
    onUnreadable: (path: string) => void run.unread.push(path),
  };
  for (const file of walkFiles(root, run.excludes, events)) {
    if (!(await scanFile(file, run, buffer))) run.unread.push(file.path);
    run.counts.files += 1;
    run.onProgress?.({ phase: 'files', done: run.counts.files, total, bytes: run.counts.bytes });
  }
  return repositories;
}

/** False when it cannot be read. */
async function scanFile(file: WalkedFile, run: ScanRun, buffer: Buffer): Promise<boolean> {
  const { search, findings, counts } = run;
  const matches: JudgedMatch[] = [];
  search.begin();
  try {
    for (const piece of readFilePieces(file.bytes, buffer)) {
      counts.bytes += piece.length;
      matches.push(...findings.judge(search.push(piece)));
      const pause = run.pause();
      if (pause !== undefined) await pause;
    }
    matches.push(...findings.judge(search.end()));
    if (matches.length === 0) return true;
    const offsets = matches.map(({ offset }) => offset);
    const lines = await countLines(readFilePieces(file.bytes, buffer), offsets);
    for (const [at, match] of matches.entries())
      findings.add(match, { kind: 'file', path: file.path, line: lines[at] as number });
    return true;
  } catch (error) {
    // Gone, or a link by now: not what was listed.
    return ['ENOENT', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** Before the work, so that a progress bar has an end. */
async function countFiles(root: string, run: ScanRun): Promise<number> {
  let count = 0;
  for (const _ of walkFiles(root, run.excludes, { onRepository: () => {}, onUnreadable: () => {} })) {
    count += 1;
    await run.pause();
  }
  return count;
}
