import { expect, test } from 'vitest';
import { encodingForModel } from './encoding-for-model.ts';

test.each([
  ['gpt-4', 'cl100k_base'],
  ['gpt-4-0613', 'cl100k_base'],
  ['gpt-4-turbo-2024-04-09', 'cl100k_base'],
  ['gpt-4-32k', 'cl100k_base'],
  ['gpt-3.5-turbo', 'cl100k_base'],
  ['gpt-3.5-turbo-0125', 'cl100k_base'],
  ['text-embedding-3-small', 'cl100k_base'],
  ['text-embedding-ada-002', 'cl100k_base'],
  ['ft:gpt-3.5-turbo-0613:org::id', 'cl100k_base'],
  ['gpt-4o', 'o200k_base'],
  ['gpt-4o-mini-2024-07-18', 'o200k_base'],
  ['chatgpt-4o-latest', 'o200k_base'],
  ['gpt-4.1-nano', 'o200k_base'],
  ['gpt-4.5-preview', 'o200k_base'],
  ['gpt-5', 'o200k_base'],
  ['gpt-5-mini', 'o200k_base'],
  ['gpt-5.6-sol', 'o200k_base'],
  ['o1', 'o200k_base'],
  ['o3-mini', 'o200k_base'],
  ['o4-mini-2025-04-16', 'o200k_base'],
  ['openai/gpt-4o', 'o200k_base'],
  ['ft:gpt-4o-2024-08-06:org:name:id', 'o200k_base'],
  ['openai/ft:gpt-4:org::id', 'cl100k_base'],
  ['gpt-oss-120b', 'o200k_harmony'],
  ['openai/gpt-oss-20b', 'o200k_harmony'],
  ['text-davinci-003', 'p50k_base'],
  ['davinci', 'r50k_base'],
])('T1: %s is counted exactly, with %s', (model, encoding) => {
  expect(encodingForModel(model)).toEqual({ encoding, exactness: 'exact' });
});

test.each([
  'claude-3',
  'claude-sonnet-4-5',
  'gemini-2.5-pro',
  'llama-3.1-70b',
  'gpt-6',
  'gpt-4.9',
  'gpt-40',
  'o10',
  'somebody/gpt-4o',
  'ft:',
  '',
])('T1: %s has no public tokenizer here and is estimated', (model) => {
  expect(encodingForModel(model)).toEqual({ encoding: 'o200k_base', exactness: 'estimated' });
});
