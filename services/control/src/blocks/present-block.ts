import { type Block, snakeCase } from '@keyward/guard';

/** A block as JSON. */
export function presentBlock(block: Block) {
  return snakeCase(block);
}
