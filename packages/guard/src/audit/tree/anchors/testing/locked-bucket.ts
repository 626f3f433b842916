import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** As much of an S3 bucket with object lock as checkpoints need, on loopback. What S3 would refuse it refuses. */
export interface LockedBucket extends AsyncDisposable {
  readonly endpoint: string;
  /** By key; each with until when nobody may remove it. */
  readonly objects: Map<string, { readonly body: string; readonly retainUntil: Date }>;
  /** While true everything is answered 503. */
  isAway: boolean;
}

export async function lockedBucket(name: string): Promise<LockedBucket> {
  const objects: LockedBucket['objects'] = new Map();
  const server = createServer(async (request, response) => {
    const [status, body] = bucket.isAway ? [503, ''] : await answer(request, name, objects);
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bucket: LockedBucket = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    isAway: false,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return bucket;
}

const refusal = (status: number, code: string): [number, string] => [
  status,
  `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`,
];

async function answer(
  request: IncomingMessage,
  name: string,
  objects: LockedBucket['objects'],
): Promise<[number, string]> {
  const { headers, method } = request;
  const path = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname);
  const body = await bodyOf(request);
  if (!headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) return refusal(403, 'AccessDenied');
  if (!path.startsWith(`/${name}/`)) return refusal(404, 'NoSuchBucket');
  const key = path.slice(name.length + 2);
  const stored = objects.get(key);
  if (method === 'GET') return stored === undefined ? refusal(404, 'NoSuchKey') : [200, stored.body];
  if (method !== 'PUT') return refusal(405, 'MethodNotAllowed');
  if (headers['x-amz-object-lock-mode'] !== 'COMPLIANCE') return refusal(400, 'InvalidRequest');
  // Object lock wants a checksum of the body; the client's is one of these.
  const crc = headers['x-amz-checksum-crc32'];
  const md5 = headers['content-md5'];
  if (crc === undefined && md5 === undefined) return refusal(400, 'InvalidRequest');
  if (md5 !== undefined && md5 !== createHash('md5').update(body).digest('base64'))
    return refusal(400, 'BadDigest');
  const retainUntil = new Date(String(headers['x-amz-object-lock-retain-until-date']));
  if (Number.isNaN(retainUntil.getTime())) return refusal(400, 'InvalidArgument');
  if (headers['if-none-match'] === '*' && stored !== undefined) return refusal(412, 'PreconditionFailed');
  if (stored !== undefined) return refusal(403, 'AccessDenied');
  objects.set(key, { body, retainUntil });
  return [200, ''];
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
