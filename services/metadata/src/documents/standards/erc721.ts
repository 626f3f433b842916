import { hasAny, requireStrings, type Standard } from './standard.ts';

export const tokenFields = ['name', 'description', 'image'] as const;

/** ERC-721's metadata schema: three strings, none of them required. */
export const erc721: Standard = {
  name: 'erc721',
  applies: (document) => hasAny(document, tokenFields),
  inspect: (document, remarks) => requireStrings(document, tokenFields, remarks),
};
