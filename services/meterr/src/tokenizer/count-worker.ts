import { parentPort } from 'node:worker_threads';
import { countTokens, loadVocabulary } from './count-tokens.ts';
import type { Encoding } from './encodings.ts';

/** One text at a time; `started` says that loading is over and the time limit for counting begins. */
parentPort?.on('message', ({ text, encoding }: { text: string; encoding: Encoding }) => {
  loadVocabulary(encoding);
  parentPort?.postMessage({ kind: 'started' });
  parentPort?.postMessage({ kind: 'done', value: countTokens(text, encoding) });
});
