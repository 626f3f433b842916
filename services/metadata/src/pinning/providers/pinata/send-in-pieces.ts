import { atMost } from '../../content/car-source.ts';
import { type PinRequest, pinMark } from '../pin-provider.ts';
import { PinningError } from '../pinning-error.ts';
import { type PinataUpload, uploadTimeoutMs } from './send-in-one.ts';

/**
 * A CAR as a resumable upload (tus 1.0.0, as Pinata has it): goes on where an earlier try broke off, also one of a node
 * that is gone. Resolves with the CID that Pinata made of it.
 */
export async function sendInPieces(
  upload: PinataUpload,
  request: PinRequest,
  signal: AbortSignal,
): Promise<string> {
  const { calls, pieceBytes } = upload;
  const bytes = await request.content.bytes();
  const begun = await placeOf(upload, request, bytes, signal);
  let { offset } = begun;
  // All of it came before, and the answer was lost.
  if (offset === bytes) return request.cid;
  for (;;) {
    const length = Math.min(pieceBytes, bytes - offset);
    const response = await calls.send({
      method: 'PATCH',
      url: begun.url,
      headers: {
        'tus-resumable': '1.0.0',
        'content-type': 'application/offset+octet-stream',
        'upload-offset': String(offset),
        'content-length': String(length),
      },
      body: atMost(request.content.open(offset), length),
      timeoutMs: uploadTimeoutMs(length),
      accepts: [204, 409],
      signal,
    });
    if (response.status === 409)
      throw new PinningError('upload_lost', 'Pinata has another part of the upload than was sent.');
    const reached = offsetOf(response, bytes);
    if (reached <= offset)
      throw new PinningError('provider_answer', 'Pinata took a part of the upload and did not get on.');
    offset = reached;
    if (offset < bytes) continue;
    return response.headers.get('upload-cid') ?? request.cid;
  }
}

interface Begun {
  readonly url: string;
  readonly offset: number;
}

async function placeOf(
  { calls, uploadsUrl, groupId }: PinataUpload,
  request: PinRequest,
  bytes: number,
  signal: AbortSignal,
): Promise<Begun> {
  const { uploadUrl: known, content, name } = request;
  const headers = { 'tus-resumable': '1.0.0' };
  if (known !== undefined && isOwn(known, uploadsUrl)) {
    const accepts = [200, 204, 403, 404, 410];
    const response = await calls.send({ method: 'HEAD', url: known, headers, accepts, signal });
    if (response.ok) return { url: known, offset: offsetOf(response, bytes) };
  }
  const metadata = {
    filename: `${content.cid}.car`,
    filetype: 'application/vnd.ipld.car',
    network: 'public',
    name,
    car: 'true',
    keyvalues: JSON.stringify(pinMark),
    ...(groupId && { group_id: groupId }),
  };
  const response = await calls.send({
    method: 'POST',
    url: `${uploadsUrl}/files`,
    headers: {
      ...headers,
      'upload-length': String(bytes),
      'upload-metadata': Object.entries(metadata)
        .map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`)
        .join(','),
    },
    accepts: [200, 201],
    signal,
  });
  await response.body?.cancel();
  const url = ownUrl(response.headers.get('location'), uploadsUrl);
  await request.onUploadUrl(url);
  return { url, offset: 0 };
}

function isOwn(url: string, uploadsUrl: string): boolean {
  return URL.parse(url)?.origin === new URL(uploadsUrl).origin;
}

/** Only Pinata's own address is given the token. */
function ownUrl(location: string | null, uploadsUrl: string): string {
  const url = location === null ? null : URL.parse(location, `${uploadsUrl}/files`);
  if (url === null || !isOwn(url.href, uploadsUrl))
    throw new PinningError('provider_answer', 'Pinata named no place of its own for the upload.');
  return url.href;
}

function offsetOf(response: Response, bytes: number): number {
  const offset = Number(response.headers.get('upload-offset') ?? Number.NaN);
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > bytes)
    throw new PinningError('provider_answer', 'Pinata did not say how far the upload is.');
  return offset;
}
