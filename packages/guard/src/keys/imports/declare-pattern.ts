import type { Clock } from '../../clock.ts';
import type { Transaction } from '../../database/database.ts';
import { uuidv7 } from '../../ids.ts';
import { type Problem, refuse } from '../../reply.ts';
import { keyImports } from '../schema.ts';
import { type DeclaredPattern, importsMax, readPatterns } from './declared-patterns.ts';
import { keyPattern } from './key-pattern.ts';

/** What of a key may not be guessed by who knows its first characters (OWASP: 64 bits for session ids). */
const secretBitsMin = 64;

/** The import that declares this pattern, made when there is none yet. 422 for a pattern that cannot be declared. */
export async function declarePattern(
  tx: Transaction,
  wanted: { readonly pattern: string; readonly prefixLength: number },
  clock: Clock,
): Promise<DeclaredPattern | Problem> {
  const { pattern: source, prefixLength } = wanted;
  const pattern = keyPattern(source);
  if ('defect' in pattern) return wrong('/pattern', `The pattern cannot be used: ${pattern.defect}.`);
  if (pattern.secretBits(prefixLength) < secretBitsMin) {
    const message = `After ${prefixLength} characters the pattern leaves less than ${secretBitsMin} bits to guess.`;
    return wrong('/prefix_length', message);
  }
  const known = await readPatterns(tx);
  const same = known.find((one) => one.pattern.source === source && one.prefixLength === prefixLength);
  if (same !== undefined) return same;
  if (known.length >= importsMax) return wrong('/pattern', `There are ${importsMax} patterns already.`);
  // Else a key could have the candidates of both, more than may be compared.
  const other = known.find((one) => one.prefixLength !== prefixLength && one.pattern.mayOverlap(pattern));
  if (other !== undefined) {
    const message = `Keys of this pattern may be of ${other.pattern.source} too, which declares a prefix of ${other.prefixLength}; declare the same.`;
    return wrong('/prefix_length', message);
  }
  const id = uuidv7(clock.now());
  await tx.insert(keyImports).values({ id, pattern: source, prefixLength, createdAt: new Date(clock.now()) });
  return { id, prefixLength, pattern };
}

function wrong(pointer: string, message: string): Problem {
  return refuse('invalid_request', { detail: message, errors: [{ pointer, message }] });
}
