import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { ImageKitOptions } from '../imagekit/imagekit-options.ts';

interface StoredFile {
  readonly fileId: string;
  readonly bytes: Buffer;
  readonly type: string;
}

/** As much of ImageKit's published contract as is used, on loopback; what it is not told it does not know. */
export interface LoopbackImageKit extends AsyncDisposable {
  readonly options: ImageKitOptions;
  /** By path. */
  readonly files: Map<string, StoredFile>;
  readonly requests: string[];
  readonly purged: string[];
  /** Answered to the next calls of the API instead. */
  readonly faults: { readonly status: number; readonly headers?: Record<string, string> }[];
}

const privateKey = 'private_loopback_0123456789';
const authorization = `Basic ${Buffer.from(`${privateKey}:`).toString('base64')}`;
const fields = ['fileName', 'folder', 'useUniqueFileName', 'overwriteFile', 'isPrivateFile', 'file'];

type State = Pick<LoopbackImageKit, 'files' | 'requests' | 'purged' | 'faults'> & { made: number };

export async function loopbackImageKit(): Promise<LoopbackImageKit> {
  const state: State = { files: new Map(), requests: [], purged: [], faults: [], made: 0 };
  const server = createServer((request, response) => {
    state.requests.push(`${request.method} ${request.url}`);
    answer(state, request, response).catch(() => response.writeHead(500).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...state,
    options: { privateKey, urlEndpoint: `${url}/ik`, plan: 'lite', apiUrl: url },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://imagekit');
  const call = `${request.method} ${pathname}`;
  if (call.startsWith('GET /ik/')) return deliver(state, pathname.slice(3), searchParams, request, response);
  const body = await buffer(request);
  const fault = state.faults.shift();
  if (fault !== undefined) return void response.writeHead(fault.status, fault.headers).end('{}');
  if (request.headers.authorization !== authorization)
    return say(response, 401, { message: 'Your account cannot be authenticated.' });
  if (call === 'POST /api/v1/files/upload') return upload(state, request, body, response);
  if (call === 'GET /v1/files') return list(state, searchParams, response);
  if (call === 'POST /v1/files/purge') {
    state.purged.push((JSON.parse(body.toString()) as { url: string }).url);
    return say(response, 201, { requestId: '1' });
  }
  const id = /^DELETE \/v1\/files\/([^/]+)$/.exec(call)?.[1];
  const found = [...state.files].find(([, file]) => file.fileId === id);
  if (id === undefined || found === undefined)
    return say(response, 404, { message: 'The requested file does not exist.' });
  state.files.delete(found[0]);
  response.writeHead(204).end();
}

async function upload(state: State, request: IncomingMessage, body: Buffer, response: ServerResponse) {
  const type = request.headers['content-type'] ?? '';
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
  const text = (name: string) => String(form.get(name) ?? '');
  const file = form.get('file');
  const [name, folder] = [text('fileName'), text('folder')];
  const isFit =
    [...form.keys()].every((field) => fields.includes(field)) &&
    file instanceof Blob &&
    /^[A-Za-z0-9.-]{1,200}$/.test(name) &&
    /^(\/[A-Za-z0-9_-]+)+$/.test(folder) &&
    text('useUniqueFileName') === 'false' &&
    text('overwriteFile') === 'true' &&
    text('isPrivateFile') === 'false';
  if (!isFit || !(file instanceof Blob)) return say(response, 400, { message: 'Invalid parameters' });
  const filePath = `${folder}/${name}`;
  state.made += 1;
  const fileId = state.files.get(filePath)?.fileId ?? `file_${state.made}`;
  const bytes = Buffer.from(await file.arrayBuffer());
  state.files.set(filePath, { fileId, bytes, type: file.type });
  say(response, 200, { fileId, name, filePath, size: bytes.length, url: `https://ik.example${filePath}` });
}

function list(state: State, query: URLSearchParams, response: ServerResponse): void {
  const name = /^name = "([^"]+)"$/.exec(query.get('searchQuery') ?? '')?.[1];
  const path = `${query.get('path')}/${name}`;
  const file = state.files.get(path);
  say(response, 200, file === undefined ? [] : [{ fileId: file.fileId, filePath: path }]);
}

/** What anybody gets, without a key. Only with `orig-true` are they the bytes that were uploaded. */
function deliver(
  state: State,
  path: string,
  query: URLSearchParams,
  { headers }: IncomingMessage,
  response: ServerResponse,
): void {
  const file = state.files.get(path);
  if (file === undefined) return void response.writeHead(404).end();
  const bytes = query.get('tr') === 'orig-true' ? file.bytes : Buffer.from('optimized');
  const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  const part = start === undefined ? bytes : bytes.subarray(Number(start), Number(end) + 1);
  response.writeHead(start === undefined ? 200 : 206, { 'content-type': file.type }).end(part);
}

function say(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
