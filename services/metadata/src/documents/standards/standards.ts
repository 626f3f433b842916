import { erc721 } from './erc721.ts';
import { erc1155 } from './erc1155.ts';
import { erc7572 } from './erc7572.ts';
import { metaplex } from './metaplex.ts';
import { opensea } from './opensea.ts';
import type { Standard } from './standard.ts';

/** Every standard that documents are held against. */
export const standards: readonly Standard[] = [erc721, erc1155, erc7572, opensea, metaplex];
