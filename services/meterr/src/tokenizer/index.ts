export { encodingForModel, type ModelEncoding } from './encoding-for-model.ts';
export type { Encoding } from './encodings.ts';
export {
  createTokenCounter,
  type TokenCount,
  type TokenCounter,
  type TokenCounterOptions,
} from './token-counter.ts';
