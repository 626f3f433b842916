import { isJsonObject, type JsonObject, member } from '../json-object.ts';
import { tokenFields } from './erc721.ts';
import { hasAny, type Remarks, requireStrings, type Standard } from './standard.ts';

/** ERC-1155's metadata schema: ERC-721's and decimals, properties and localization. */
export const erc1155: Standard = {
  name: 'erc1155',
  applies: (document) => hasAny(document, ['decimals', 'properties', 'localization']),
  inspect(document, remarks) {
    requireStrings(document, tokenFields, remarks);
    const decimals = member(document, 'decimals');
    if (decimals !== undefined && !(Number.isInteger(decimals) && (decimals as number) >= 0)) {
      remarks.violation('/decimals', 'must be an integer of 0 or more');
    } else if ((decimals as number) > 18) {
      remarks.advice('/decimals', 'is more than 18, which wallets may not show');
    }
    if (Object.hasOwn(document, 'properties') && !isJsonObject(document.properties)) {
      remarks.violation('/properties', 'must be an object');
    }
    if (Object.hasOwn(document, 'localization')) inspectLocalization(document, remarks);
  },
};

function inspectLocalization(document: JsonObject, remarks: Remarks): void {
  const { localization } = document;
  if (!isJsonObject(localization)) {
    remarks.violation('/localization', 'must be an object');
    return;
  }
  const uri = member(localization, 'uri');
  if (typeof uri !== 'string') remarks.violation('/localization/uri', 'must be a string');
  else if (!uri.includes('{locale}')) remarks.violation('/localization/uri', 'must contain {locale}');
  if (typeof member(localization, 'default') !== 'string') {
    remarks.violation('/localization/default', 'must be a string');
  }
  const locales = member(localization, 'locales');
  if (!Array.isArray(locales) || locales.some((locale) => typeof locale !== 'string')) {
    remarks.violation('/localization/locales', 'must be a list of strings');
  }
}
