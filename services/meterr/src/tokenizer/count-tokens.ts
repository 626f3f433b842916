import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { countPieces } from './count-pieces.ts';
import { type Encoding, encodings, type VocabularyName } from './encodings.ts';
import { readRanks } from './read-ranks.ts';
import { scanText } from './scanned-text.ts';
import { createVocabulary, type Vocabulary } from './vocabulary.ts';

/**
 * The number of tokens `text` has in `encoding`, special tokens read as ordinary text. Works on the calling thread
 * and loads the vocabulary at its first use: servers ask a `TokenCounter` instead.
 */
export function countTokens(text: string, encoding: Encoding): number {
  return countPieces(scanText(text), loadVocabulary(encoding), encodings[encoding].pieceEnd);
}

const loaded = new Map<VocabularyName, Vocabulary>();

/** Kept for the life of the thread; there are four. Throws when the vocabulary's file is missing or damaged. */
export function loadVocabulary(encoding: Encoding): Vocabulary {
  const name = encodings[encoding].vocabulary;
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const path = createRequire(import.meta.url).resolve(`gpt-tokenizer/data/${name}.tiktoken`);
  const vocabulary = createVocabulary(readRanks(readFileSync(path)));
  loaded.set(name, vocabulary);
  return vocabulary;
}
