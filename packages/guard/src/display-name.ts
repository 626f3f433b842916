import { z } from 'zod';

// Control characters, and those that turn the reading direction: a name must look like what it is (V3).
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
const deceptive = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** A name for people to read: 1 to `lengthMax` characters, without control and direction-override characters. */
export function displayName(lengthMax = 100) {
  return z
    .string()
    .trim()
    .min(1)
    .max(lengthMax)
    .refine((name) => !deceptive.test(name), 'must not hold control or direction-override characters');
}
