import type { Findings } from './findings.ts';
import { isJsonObject, type JsonObject, member } from './json-object.ts';
import { judgeLink } from './judge-link.ts';

const imageFields = [
  'image',
  'image_url',
  'imageUrl',
  'image_data',
  'banner_image',
  'banner_image_url',
  'featured_image',
  'background_image',
];
const linkFields = ['animation_url', 'external_url', 'external_link', 'youtube_url', 'url'];

/** Finds unsafe links (errors) and doubtful ones (warnings) in every field that readers follow (V3, N2). */
export function checkLinks(document: JsonObject, errors: Findings, warnings: Findings): void {
  const check = (pointer: string, value: unknown, image: boolean) => {
    if (typeof value !== 'string') return;
    const verdict = judgeLink(value, { image });
    if (verdict) (verdict.severity === 'error' ? errors : warnings).add(pointer, verdict.message);
  };
  for (const field of imageFields) {
    const value = member(document, field);
    if (field !== 'image_data' || !isMarkup(value)) check(`/${field}`, value, true);
  }
  for (const field of linkFields) check(`/${field}`, member(document, field), false);
  for (const parent of ['content', 'localization']) {
    const object = member(document, parent);
    if (isJsonObject(object)) check(`/${parent}/uri`, member(object, 'uri'), false);
  }
  for (const [index, file] of filesOf(document).entries()) {
    if (!isJsonObject(file)) continue;
    const type = member(file, 'type');
    const image = typeof type === 'string' && type.startsWith('image/');
    check(`/properties/files/${index}/uri`, member(file, 'uri'), image);
  }
}

/** OpenSea's image_data is the SVG itself more often than a link; as text it is data like all other (V3). */
function isMarkup(value: unknown): boolean {
  return typeof value === 'string' && value.trimStart().startsWith('<');
}

/** Metaplex' list of files. */
function filesOf(document: JsonObject): readonly unknown[] {
  const properties = member(document, 'properties');
  const files = isJsonObject(properties) ? member(properties, 'files') : undefined;
  return Array.isArray(files) ? files : [];
}
