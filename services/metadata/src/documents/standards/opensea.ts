import { isJsonObject, type JsonObject, member, pointerTo } from '../json-object.ts';
import { hasAny, type Remarks, requireStrings, type Standard } from './standard.ts';

const urlFields = ['image_data', 'external_url', 'animation_url', 'youtube_url'];
const marks = [...urlFields, 'background_color', 'attributes'];
const displayTypes = new Set(['number', 'boost_number', 'boost_percentage', 'date', 'string']);
/** Unix seconds stay below this until the year 5138; milliseconds passed it in 1973. */
const secondsMax = 1e11;

/** OpenSea's metadata standard: media links and attributes with display types. */
export const opensea: Standard = {
  name: 'opensea',
  applies: (document) => hasAny(document, marks),
  inspect(document, remarks) {
    requireStrings(document, ['name', 'description', 'image', ...urlFields], remarks);
    const color = member(document, 'background_color');
    if (color !== undefined && !(typeof color === 'string' && /^[0-9a-fA-F]{6}$/.test(color))) {
      remarks.violation('/background_color', 'must be six hex digits without "#"');
    }
    if (Object.hasOwn(document, 'attributes')) inspectAttributes(document.attributes, remarks);
  },
};

function inspectAttributes(attributes: unknown, remarks: Remarks): void {
  if (isJsonObject(attributes)) {
    for (const [trait, value] of Object.entries(attributes)) {
      inspectValue(pointerTo('/attributes', trait), value, remarks);
    }
    return;
  }
  if (!Array.isArray(attributes)) {
    remarks.violation('/attributes', 'must be a list or a map of traits');
    return;
  }
  const traits = new Set<unknown>();
  for (const [index, attribute] of attributes.entries()) {
    const pointer = `/attributes/${index}`;
    if (!isJsonObject(attribute)) {
      remarks.violation(pointer, 'must be an object');
      continue;
    }
    inspectAttribute(pointer, attribute, remarks);
    const trait = member(attribute, 'trait_type');
    if (trait !== undefined && traits.has(trait)) remarks.advice(`${pointer}/trait_type`, 'stands twice');
    traits.add(trait);
  }
}

function inspectAttribute(pointer: string, attribute: JsonObject, remarks: Remarks): void {
  const value = member(attribute, 'value');
  if (value === undefined) remarks.violation(`${pointer}/value`, 'is missing');
  else inspectValue(`${pointer}/value`, value, remarks);
  const trait = member(attribute, 'trait_type');
  if (trait !== undefined && typeof trait !== 'string') {
    remarks.violation(`${pointer}/trait_type`, 'must be a string');
  }
  inspectDisplay(pointer, attribute, value, remarks);
  const max = member(attribute, 'max_value');
  if (max === undefined) return;
  if (typeof max !== 'number') remarks.violation(`${pointer}/max_value`, 'must be a number');
  else if (typeof value === 'number' && value > max) {
    remarks.advice(`${pointer}/max_value`, 'is less than the value');
  }
}

function inspectDisplay(pointer: string, attribute: JsonObject, value: unknown, remarks: Remarks): void {
  const type = member(attribute, 'display_type');
  if (type === undefined) return;
  if (typeof type !== 'string' || !displayTypes.has(type)) {
    remarks.advice(`${pointer}/display_type`, `is none of ${[...displayTypes].join(', ')}`);
  } else if (type !== 'string' && value !== undefined && typeof value !== 'number') {
    remarks.violation(`${pointer}/value`, `must be a number to be shown as ${type}`);
  } else if (type === 'date' && (value as number) > secondsMax) {
    remarks.advice(`${pointer}/value`, 'looks like milliseconds; dates are Unix seconds');
  }
}

function inspectValue(pointer: string, value: unknown, remarks: Remarks): void {
  if (typeof value === 'boolean') remarks.advice(pointer, 'is true or false; many readers expect text');
  else if (typeof value !== 'string' && typeof value !== 'number') {
    remarks.violation(pointer, 'must be a string or a number');
  }
}
