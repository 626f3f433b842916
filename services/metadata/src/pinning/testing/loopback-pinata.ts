import { randomUUID } from 'node:crypto';
import { createIpfsNetwork, type IpfsNetwork } from './ipfs-network.ts';
import {
  type Answer,
  type LoopbackOptions,
  type LoopbackServer,
  type SeenRequest,
  startLoopbackServer,
} from './loopback-server.ts';
import { readForm } from './read-form.ts';

export interface StoredFile {
  readonly id: string;
  readonly cid: string;
  readonly name: string;
  readonly keyvalues: Readonly<Record<string, string>>;
}

export interface LoopbackPinata extends LoopbackServer {
  readonly apiUrl: string;
  readonly uploadsUrl: string;
  readonly files: Map<string, StoredFile>;
  /** Bytes of uploads that were sent, pieces counted each time. */
  readonly sent: { bytes: number };
  /** In place of the CID that was worked out. */
  cidOf: (cid: string) => string;
}

interface Upload {
  readonly length: number;
  readonly metadata: ReadonlyMap<string, string>;
  content: Buffer;
  cid?: string;
}

interface Made extends LoopbackOptions {
  readonly network?: IpfsNetwork;
  /** One request may carry so many bytes; beyond it an upload has to be resumable. */
  readonly onePieceBytesMax?: number;
}

/** Pinata's API, version 3, by its published reference, for what is sent as CAR to the public network. */
export async function startLoopbackPinata(options: Made): Promise<LoopbackPinata> {
  const { network = createIpfsNetwork(), onePieceBytesMax = 100_000_000 } = options;
  const files = new Map<string, StoredFile>();
  const uploads = new Map<string, Upload>();
  const sent = { bytes: 0 };
  const server = await startLoopbackServer(options, (request, violate) => {
    const [, , area, ...rest] = request.url.pathname.split('/');
    if (area !== 'files') return notFound(violate);
    if (request.method === 'POST' && rest.length === 0)
      return request.headers['upload-length'] === undefined
        ? takeForm(request, violate)
        : begin(request, violate);
    if (rest[0] === 'uploads') return proceed(request, rest[1] ?? '', violate);
    if (rest[0] !== 'public') return notFound(violate);
    return rest[1] === undefined ? list(request, violate) : one(request, rest[1], violate);
  });
  const pinata: LoopbackPinata = Object.assign(server, {
    apiUrl: `${server.url}/v3`,
    uploadsUrl: `${server.url}/v3`,
    files,
    sent,
    cidOf: (cid: string) => cid,
  });
  return pinata;

  function keep(
    car: Uint8Array,
    given: ReadonlyMap<string, string>,
    violate: (what: string) => void,
  ): Answer {
    if (given.get('network') !== 'public') violate('a CAR is for the public network only');
    if (given.get('car') !== 'true') violate('the CAR is not announced as one');
    let root: string;
    try {
      root = network.addCar(car);
    } catch (error) {
      violate(String(error));
      return { status: 400, body: { error: 'invalid CAR' } };
    }
    const cid = pinata.cidOf(root);
    const existing = [...files.values()].find((file) => file.cid === cid);
    const keyvalues = JSON.parse(given.get('keyvalues') ?? '{}') as Record<string, string>;
    const file = existing ?? { id: randomUUID(), cid, name: given.get('name') ?? '', keyvalues };
    files.set(file.id, file);
    return { status: 200, body: { data: { ...presented(file), is_duplicate: existing !== undefined } } };
  }

  async function takeForm(request: SeenRequest, violate: (what: string) => void): Promise<Answer> {
    const type = request.headers['content-type'] ?? '';
    if (!type.startsWith('multipart/form-data; boundary=')) violate('no multipart form');
    if (request.headers['content-length'] === undefined) violate('no Content-Length');
    if (request.body.byteLength > onePieceBytesMax) {
      violate('too large for one request');
      return { status: 413, body: { error: 'too large' } };
    }
    sent.bytes += request.body.byteLength;
    const { fields, file } = await readForm(type, request.body);
    if (file === undefined) return { status: 400, body: { error: 'no file' } };
    return keep(file.bytes, fields, violate);
  }

  function begin(request: SeenRequest, violate: (what: string) => void): Answer {
    if (request.headers['tus-resumable'] !== '1.0.0') violate('no Tus-Resumable');
    const metadata = new Map(
      String(request.headers['upload-metadata'] ?? '')
        .split(',')
        .map((pair) => pair.split(' '))
        .map(([key = '', value = '']) => [key, Buffer.from(value, 'base64').toString()] as const),
    );
    const id = randomUUID();
    uploads.set(id, { length: Number(request.headers['upload-length']), metadata, content: Buffer.alloc(0) });
    return { status: 201, headers: { location: `/v3/files/uploads/${id}` } };
  }

  function proceed(request: SeenRequest, id: string, violate: (what: string) => void): Answer {
    const upload = uploads.get(id);
    if (upload === undefined) return { status: 404, body: { error: 'no such upload' } };
    if (request.headers['tus-resumable'] !== '1.0.0') violate('no Tus-Resumable');
    const at = () => ({ 'upload-offset': String(upload.content.byteLength), 'tus-resumable': '1.0.0' });
    if (request.method === 'HEAD')
      return { status: 200, headers: { ...at(), 'upload-length': String(upload.length) } };
    if (request.method !== 'PATCH') return notFound(violate);
    if (request.headers['content-type'] !== 'application/offset+octet-stream')
      violate('wrong type of a piece');
    if (Number(request.headers['upload-offset']) !== upload.content.byteLength) {
      return { status: 409, headers: at() };
    }
    sent.bytes += request.body.byteLength;
    upload.content = Buffer.concat([upload.content, request.body]);
    if (upload.content.byteLength < upload.length) return { status: 204, headers: at() };
    const { body } = keep(upload.content, upload.metadata, violate);
    const { cid = '' } = (body as { data?: { cid: string } }).data ?? {};
    return { status: 204, headers: { ...at(), 'upload-cid': cid } };
  }

  function list(request: SeenRequest, violate: (what: string) => void): Answer {
    if (request.method !== 'GET') return notFound(violate);
    const cid = request.url.searchParams.get('cid');
    const found = [...files.values()].filter((file) => cid === null || file.cid === cid);
    return { status: 200, body: { data: { files: found.map(presented), next_page_token: '' } } };
  }

  function one(request: SeenRequest, id: string, violate: (what: string) => void): Answer {
    const file = files.get(id);
    if (file === undefined) return { status: 404, body: { error: { code: 404, message: 'not found' } } };
    if (request.method === 'GET') return { status: 200, body: { data: presented(file) } };
    if (request.method !== 'DELETE') return notFound(violate);
    files.delete(id);
    return { status: 200, body: { data: null } };
  }
}

function presented(file: StoredFile) {
  return {
    ...file,
    size: 1,
    number_of_files: 1,
    mime_type: 'directory',
    group_id: null,
    created_at: '2026-01-01T00:00:00Z',
  };
}

function notFound(violate: (what: string) => void): Answer {
  violate('no such endpoint');
  return { status: 404, body: { error: 'no such endpoint' } };
}
