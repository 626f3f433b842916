import { member } from '../json-object.ts';
import { hasAny, requirePresent, requireStrings, type Standard } from './standard.ts';

const marks = ['banner_image', 'featured_image', 'external_link', 'collaborators', 'fee_recipient'];
const stringFields = [
  ...['name', 'symbol', 'description', 'image'],
  ...['banner_image', 'featured_image', 'external_link'],
];
const address = /^0x[0-9a-fA-F]{40}$/;

/** ERC-7572: the metadata of a contract (contractURI). */
export const erc7572: Standard = {
  name: 'erc7572',
  applies: (document) => hasAny(document, marks),
  inspect(document, remarks) {
    requirePresent(document, 'name', remarks);
    requireStrings(document, stringFields, remarks);
    const collaborators = member(document, 'collaborators');
    if (collaborators === undefined) return;
    if (!Array.isArray(collaborators)) {
      remarks.violation('/collaborators', 'must be a list of addresses');
      return;
    }
    for (const [index, collaborator] of collaborators.entries()) {
      const pointer = `/collaborators/${index}`;
      if (typeof collaborator !== 'string') remarks.violation(pointer, 'must be a string');
      else if (!address.test(collaborator))
        remarks.advice(pointer, 'is not an address (0x and 40 hex digits)');
    }
  },
};
