import type { UsageReader } from './read-usage.ts';
import type { Reading } from './reading.ts';

/** Cohere counts twice: `tokens` as the model saw them, `billed_units` as they are charged. The bill is what counts. */
export function fromCohere(reader: UsageReader): Reading {
  return {
    counts: {
      input_tokens: reader.required('billed_units', 'input_tokens'),
      output_tokens: reader.count('billed_units', 'output_tokens'),
    },
  };
}
