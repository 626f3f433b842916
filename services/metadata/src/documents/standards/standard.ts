import { type JsonObject, member } from '../json-object.ts';

/** Takes what a standard has to say of a document. Neither stops it from being saved (N2). */
export interface Remarks {
  /** The document does not meet the standard. */
  violation(pointer: string, message: string): void;
  /** It does, but readers may stumble. */
  advice(pointer: string, message: string): void;
}

/** A metadata format that the world uses. Documents come in the standards' spelling. */
export interface Standard {
  readonly name: 'erc721' | 'erc1155' | 'erc7572' | 'opensea' | 'metaplex';
  /** Whether the document bears marks of this standard. */
  applies(document: JsonObject): boolean;
  inspect(document: JsonObject, remarks: Remarks): void;
}

/** Whether the document has any of the fields. */
export function hasAny(document: JsonObject, fields: readonly string[]): boolean {
  return fields.some((field) => Object.hasOwn(document, field));
}

/** Each of the fields that is present must be a string. */
export function requireStrings(document: JsonObject, fields: readonly string[], remarks: Remarks): void {
  for (const field of fields) {
    if (Object.hasOwn(document, field) && typeof document[field] !== 'string') {
      remarks.violation(`/${field}`, 'must be a string');
    }
  }
}

/** The field must be present. */
export function requirePresent(document: JsonObject, field: string, remarks: Remarks): void {
  if (member(document, field) === undefined) remarks.violation(`/${field}`, 'is missing');
}
