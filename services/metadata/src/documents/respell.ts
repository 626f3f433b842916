import type { Findings } from './findings.ts';
import { isJsonObject, type JsonObject, objectOf, pointerTo } from './json-object.ts';

const documentFields = camelToSnake([
  'animation_url',
  'background_color',
  'banner_image',
  'banner_image_url',
  'external_link',
  'external_url',
  'featured_image',
  'fee_recipient',
  'image_data',
  'seller_fee_basis_points',
  'youtube_url',
]);
const attributeFields = camelToSnake(['display_type', 'display_value', 'max_value', 'trait_type']);

/**
 * A document with its known fields in the spelling of the standards (N2): `animationUrl` becomes `animation_url`,
 * `traitType` of an attribute `trait_type`. A field in both spellings is an error. All else stays as it is.
 */
export function respell(document: JsonObject, errors: Findings): JsonObject {
  const respelled = respellMembers(document, documentFields, '', errors);
  if (!Array.isArray(respelled.attributes)) return respelled;
  const attributes = respelled.attributes.map((attribute: unknown, index) =>
    isJsonObject(attribute)
      ? respellMembers(attribute, attributeFields, `/attributes/${index}`, errors)
      : attribute,
  );
  return { ...respelled, attributes };
}

function respellMembers(
  object: JsonObject,
  fields: ReadonlyMap<string, string>,
  pointer: string,
  errors: Findings,
): JsonObject {
  const members = Object.entries(object).map(([key, value]): [string, unknown] => {
    const standard = fields.get(key);
    if (standard === undefined) return [key, value];
    if (Object.hasOwn(object, standard)) {
      errors.add(pointerTo(pointer, key), `is the same field as "${standard}"; send one of them`);
    }
    return [standard, value];
  });
  return objectOf(members);
}

function camelToSnake(names: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    names.map((name) => [name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()), name]),
  );
}
