/** A multipart body that somebody might send, and the statuses that are right for it. */
export interface HostileBody {
  readonly name: string;
  readonly contentType: string;
  readonly body: Buffer;
  readonly status: readonly number[];
}

const boundary = 'x';
const form = `multipart/form-data; boundary=${boundary}`;

function part(headers: string, content: Uint8Array | string): Buffer {
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
}

const end = Buffer.from(`--${boundary}--\r\n`);
const fileHead = 'content-disposition: form-data; name="file"; filename="a.png"';

/** Forms that are broken, overloaded or misleading; `png` is a good image. */
export function bodyCorpus(png: Buffer): HostileBody[] {
  const file = part(fileHead, png);
  const field = (name: string, value: string) =>
    part(`content-disposition: form-data; name="${name}"`, value);
  const bad = (
    name: string,
    body: readonly (Buffer | string)[],
    status: readonly number[],
    contentType = form,
  ) => ({
    ...{ name, contentType, status },
    body: Buffer.concat(body.map((piece) => Buffer.from(piece as Buffer))),
  });
  return [
    bad('no body', [], [400, 422]),
    bad('no boundary', [file, end], [400], 'multipart/form-data'),
    bad('another boundary', [file, end], [400, 422], 'multipart/form-data; boundary=y'),
    bad(
      'a boundary of 5,000 characters',
      [file, end],
      [400, 422],
      `multipart/form-data; boundary=${'b'.repeat(5_000)}`,
    ),
    bad('JSON', ['{"file":"a"}'], [415], 'application/json'),
    bad('a bare image', [png], [415], 'image/png'),
    bad('no end', [file.subarray(0, -40)], [400, 415]),
    bad('no last boundary', [file], [400]),
    bad('two files', [file, file, end], [422]),
    bad('a file in another field', [part(fileHead.replace('"file"', '"image"'), png), end], [422]),
    bad('a field with a prototype', [field('__proto__', 'a'), file, end], [422]),
    bad('a field for the constructor', [field('constructor', 'a'), file, end], [422]),
    bad('an unknown field', [field('folder', '../..'), file, end], [422]),
    bad('a field twice', [field('visibility', 'public'), field('visibility', 'private'), file, end], [422]),
    bad('a very long field', [field('visibility', 'p'.repeat(100_000)), file, end], [422]),
    bad(
      'a thousand fields',
      [...Array.from({ length: 1_000 }, (_, at) => field(`f${at}`, '')), file, end],
      [422],
    ),
    bad('a thousand files', [...Array.from({ length: 1_000 }, () => file), end], [422]),
    bad(
      'part headers of 100 KB',
      [part(`${fileHead}\r\nx-long: ${'h'.repeat(100_000)}`, png), end],
      [201, 400, 415, 422],
    ),
    bad(
      'a thousand part headers',
      [part(`${fileHead}\r\n${'a: b\r\n'.repeat(1_000)}c: d`, png), end],
      [201, 400, 415, 422],
    ),
    bad('a part without a name', [part('content-type: image/png', png), end], [400, 422]),
    bad('a form in the form', [part('content-type: multipart/mixed; boundary=z', '--z--'), end], [400, 422]),
    bad('line ends only', ['\r\n'.repeat(10_000)], [400, 422]),
    bad('a start without its end', [`--${boundary}`], [400, 422]),
    bad('NUL bytes for a form', [Buffer.alloc(10_000)], [400, 422]),
    bad('a good form with something before and behind it', ['preamble\r\n', file, end, 'epilogue'], [201]),
  ];
}
