import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalize } from '../content-identifiers/canonicalize.ts';
import { inspectDocument } from './inspect-document.ts';

const pointers = (findings: readonly { pointer: string }[]) => findings.map(({ pointer }) => pointer);
const errorsOf = (document: unknown) => pointers(inspectDocument(document).errors);
const warningsOf = (document: unknown) => pointers(inspectDocument(document).warnings);
const standardsOf = (document: unknown) => inspectDocument(document).standards;

describe('N2: the metadata that the world uses is accepted and recognised', () => {
  test.each([
    ['ERC-721', { name: 'Asset', description: 'd', image: 'https://example.com/1.png' }, ['erc721']],
    [
      'ERC-1155',
      {
        name: 'Asset',
        description: 'd',
        image: 'https://example.com/{id}.jpeg',
        decimals: 0,
        properties: {
          simple: 'x',
          rich: { name: 'N', value: '1', display_value: '1', class: 'c', css: {} },
          list: [1],
        },
        localization: { uri: 'ipfs://Qm/{locale}.json', default: 'en', locales: ['en', 'es'] },
      },
      ['erc721', 'erc1155'],
    ],
    [
      'ERC-7572',
      {
        name: 'Contract',
        symbol: 'C',
        image: 'ipfs://i',
        banner_image: 'ipfs://b',
        featured_image: 'ipfs://f',
        external_link: 'https://example.com',
        collaborators: [`0x${'0'.repeat(40)}`],
      },
      ['erc721', 'erc7572'],
    ],
    [
      'OpenSea',
      {
        name: 'Dave',
        image: 'data:image/svg+xml;base64,AA',
        external_url: 'https://example.com',
        background_color: '00ffAA',
        attributes: [
          { trait_type: 'Base', value: 'Starfish' },
          { trait_type: 'Level', value: 5, max_value: 0 },
          { display_type: 'boost_percentage', trait_type: 'Up', value: 10 },
          { display_type: 'date', trait_type: 'birthday', value: 1546360800 },
          { value: 'Happy' },
        ],
      },
      ['erc721', 'opensea'],
    ],
    ['attributes as a map', { name: 'x', attributes: { Base: 'Starfish', Level: 5 } }, ['erc721', 'opensea']],
    ['SVG as text', { image_data: '<svg onload="x"><a href="javascript:1"/></svg>' }, ['opensea']],
    [
      'Metaplex',
      {
        name: 'Number #1',
        symbol: 'NB',
        description: 'd',
        seller_fee_basis_points: 500,
        image: '0.png',
        properties: {
          files: [{ uri: '0.png', type: 'image/png' }],
          category: 'image',
          creators: [
            { address: 'A', share: 60 },
            { address: 'B', share: 40 },
          ],
        },
        collection: { name: 'n', family: 'f' },
      },
      ['erc721', 'erc1155', 'metaplex'],
    ],
  ])('%s', (_, document, standards) => {
    const inspection = inspectDocument(document);
    expect(inspection.errors).toEqual([]);
    expect(inspection.standards).toEqual(standards);
    expect(inspection.document).toEqual(document);
  });

  test('camelCase of known fields becomes the standard spelling, in attributes too; the rest stays', () => {
    const { document, errors } = inspectDocument({
      animationUrl: 'ipfs://a',
      externalUrl: 'https://e.example',
      sellerFeeBasisPoints: 1,
      backgroundColor: 'ffffff',
      myOwnField: { animationUrl: 1 },
      attributes: [
        { traitType: 'a', displayType: 'number', maxValue: 0, value: 0, ownKey: null },
        'text',
        null,
      ],
    });
    expect(errors).toEqual([]);
    expect(document).toEqual({
      animation_url: 'ipfs://a',
      external_url: 'https://e.example',
      seller_fee_basis_points: 1,
      background_color: 'ffffff',
      myOwnField: { animationUrl: 1 },
      attributes: [
        { trait_type: 'a', display_type: 'number', max_value: 0, value: 0, ownKey: null },
        'text',
        null,
      ],
    });
  });

  test('every field is kept value for value, also those named like parts of a prototype', () => {
    const keys = fc.oneof(
      fc.string(),
      fc.constantFrom('__proto__', 'constructor', 'toString', 'properties', 'name'),
    );
    const values = fc.jsonValue({ stringUnit: 'binary' });
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, values)), (members) => {
        const document = Object.fromEntries(members);
        expect(canonicalize(inspectDocument(document).document)).toBe(canonicalize(document));
      }),
    );
  });
});

describe('N2: what is refused, and where', () => {
  test.each([
    ['not an object', [1], ['']],
    ['a field in both spellings', { animationUrl: 'ipfs://a', animation_url: 'ipfs://a' }, ['/animationUrl']],
    [
      'an attribute field in both spellings',
      { attributes: [{}, { traitType: 'a', trait_type: 'a', value: 1 }] },
      ['/attributes/1/traitType'],
    ],
    ['an unsafe image', { image: 'javascript:1' }, ['/image']],
    ['an unsafe link by its other spelling', { externalUrl: 'file:///x' }, ['/external_url']],
    ['data where no image goes', { animation_url: 'data:image/png,x' }, ['/animation_url']],
    ['image_data that is a link to a script', { image_data: ' javascript:1' }, ['/image_data']],
    ['an unsafe file', { properties: { files: [{}, { uri: 'ftp://x' }] } }, ['/properties/files/1/uri']],
    ['an unsafe localization', { localization: { uri: 'javascript:{locale}' } }, ['/localization/uri']],
    ['unsafe content', { content: { uri: 'https://a@b' } }, ['/content/uri']],
    ['a name with a control character', { name: 'a\u0007' }, ['/name']],
    ['a name that turns direction', { name: 'exe.\u202egnp' }, ['/name']],
    ['shares below 100', { properties: { creators: [{ share: 99 }] } }, ['/properties/creators']],
    ['shares above 100', { creators: [{ share: 60 }, { share: 60 }] }, ['/creators']],
    [
      'a share that is no integer',
      { creators: [{ share: 50.5 }, { share: 49.5 }] },
      ['/creators/0/share', '/creators/1/share', '/creators'],
    ],
    ['a creator without a share', { creators: [{ share: 100 }, {}] }, ['/creators/1/share']],
    ['six creators', { creators: [50, 10, 10, 10, 10, 10].map((share) => ({ share })) }, ['/creators']],
  ])('%s', (_, document, expected) => {
    expect(errorsOf(document)).toEqual(expected);
  });

  test.each([
    ['no creators', { creators: [] }],
    ['creators without shares', { creators: ['a', { name: 'b' }] }],
    ['creators that are no list', { properties: { creators: 'me' } }],
    ['an empty document', {}],
    ['nulls', { name: null, image: null, attributes: null, properties: null, localization: null }],
    ['an emoji of several parts in the name', { name: '👩‍👩‍👧' }],
    ['a script in text', { name: '<script>alert(1)</script>', description: "'; DROP TABLE x; --" }],
    ['a script in an attribute', { attributes: [{ value: 'javascript:alert(1)' }] }],
    [
      'odd types everywhere',
      { name: 1, image: {}, attributes: [[1], 'x', 2], decimals: 'x', background_color: 1 },
    ],
  ])('%s is not', (_, document) => {
    expect(errorsOf(document)).toEqual([]);
  });
});

describe('N2: what is only said', () => {
  test.each([
    ['an unencrypted link', { image: 'http://example.com' }, ['/image']],
    ['a relative link', { image: '0.png' }, ['/image']],
    ['a wrong type', { name: 1 }, ['/name']],
    ['a colour with #', { background_color: '#ffffff' }, ['/background_color']],
    ['decimals that are no integer', { decimals: 1.5 }, ['/decimals']],
    [
      'a localization without its parts',
      { localization: { uri: 'ipfs://x' } },
      ['/localization/uri', '/localization/default', '/localization/locales'],
    ],
    [
      'a trait twice',
      {
        attributes: [
          { trait_type: 'a', value: 1 },
          { trait_type: 'a', value: 2 },
        ],
      },
      ['/attributes/1/trait_type'],
    ],
    [
      'a number that is text',
      { attributes: [{ display_type: 'number', value: '1' }] },
      ['/attributes/0/value'],
    ],
    [
      'milliseconds',
      { attributes: [{ display_type: 'date', value: 1546360800000 }] },
      ['/attributes/0/value'],
    ],
    [
      'an unknown display',
      { attributes: [{ display_type: 'star', value: 1 }] },
      ['/attributes/0/display_type'],
    ],
    ['a maximum below', { attributes: [{ value: 2, max_value: 1 }] }, ['/attributes/0/max_value']],
    ['no value', { attributes: [{ trait_type: 'a' }] }, ['/attributes/0/value']],
    ['a nested list', { attributes: [[]] }, ['/attributes/0']],
    ['a map with an object', { attributes: { 'a/b': {} } }, ['/attributes/a~1b']],
    ['a contract without a name', { collaborators: ['me'] }, ['/name', '/collaborators/0']],
    ['a fee above all', { name: 'x', seller_fee_basis_points: 10001 }, ['/seller_fee_basis_points']],
    [
      'a file without a type',
      { name: 'x', properties: { files: [{ uri: 'ipfs://x' }] } },
      ['/properties/files/0'],
    ],
  ])('%s', (_, document, expected) => {
    const inspection = inspectDocument(document);
    expect(inspection.errors).toEqual([]);
    expect(pointers(inspection.warnings)).toEqual(expected);
  });

  test('a standard is met unless one of its rules is broken; advice does not break it', () => {
    expect(standardsOf({ name: 'x', background_color: '#fff' })).toEqual(['erc721']);
    expect(standardsOf({ name: 'x', attributes: [{ value: true }] })).toEqual(['erc721', 'opensea']);
    expect(standardsOf({ description: null })).toEqual([]);
    expect(standardsOf({ other: 1 })).toEqual([]);
  });

  test('of a hundred thousand wrong attributes a hundred are named', () => {
    expect(warningsOf({ attributes: Array.from({ length: 100_000 }, () => 1) })).toHaveLength(100);
  });
});
