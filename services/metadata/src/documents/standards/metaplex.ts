import { isJsonObject, type JsonObject, member } from '../json-object.ts';
import { hasAny, type Remarks, requirePresent, requireStrings, type Standard } from './standard.ts';

const categories = new Set(['image', 'video', 'audio', 'vr', 'html', 'document']);
const onChainNameBytesMax = 32;
const onChainSymbolBytesMax = 10;

/** Metaplex' token standard for Solana. Creators' shares are checked for every document. */
export const metaplex: Standard = {
  name: 'metaplex',
  applies(document) {
    const { properties } = document;
    if (isJsonObject(properties) && hasAny(properties, ['files', 'category', 'creators'])) return true;
    return hasAny(document, ['seller_fee_basis_points']) && !hasAny(document, ['fee_recipient']);
  },
  inspect(document, remarks) {
    requirePresent(document, 'name', remarks);
    requireStrings(document, ['name', 'symbol', 'description', 'image', 'animation_url'], remarks);
    adviseLength(document, 'name', onChainNameBytesMax, remarks);
    adviseLength(document, 'symbol', onChainSymbolBytesMax, remarks);
    const fee = member(document, 'seller_fee_basis_points');
    if (fee !== undefined && !(Number.isInteger(fee) && (fee as number) >= 0 && (fee as number) <= 10_000)) {
      remarks.violation('/seller_fee_basis_points', 'must be an integer from 0 to 10000');
    }
    if (isJsonObject(document.properties)) inspectProperties(document.properties, remarks);
  },
};

function inspectProperties(properties: JsonObject, remarks: Remarks): void {
  const category = member(properties, 'category');
  if (category !== undefined && !categories.has(category as string)) {
    remarks.advice('/properties/category', `is none of ${[...categories].join(', ')}`);
  }
  const creators = member(properties, 'creators');
  if (creators !== undefined && !Array.isArray(creators)) {
    remarks.violation('/properties/creators', 'must be a list');
  }
  const files = member(properties, 'files');
  if (files === undefined) return;
  if (!Array.isArray(files)) {
    remarks.violation('/properties/files', 'must be a list');
    return;
  }
  for (const [index, file] of files.entries()) {
    const isFile = isJsonObject(file) && typeof file.uri === 'string' && typeof file.type === 'string';
    if (!isFile) remarks.violation(`/properties/files/${index}`, 'must have a uri and a type');
  }
}

function adviseLength(document: JsonObject, field: string, bytesMax: number, remarks: Remarks): void {
  const value = member(document, field);
  if (typeof value === 'string' && Buffer.byteLength(value) > bytesMax) {
    remarks.advice(`/${field}`, `is longer than the ${bytesMax} bytes that fit on chain`);
  }
}
