import type { z } from 'zod';
import { type PinProvider, pinMark, type RemotePin } from '../pin-provider.ts';
import { type ProviderAccess, providerCalls } from '../provider-calls.ts';
import { filePage, oneFile, type pinataFile } from './pinata-file.ts';
import { sendInOne } from './send-in-one.ts';
import { sendInPieces } from './send-in-pieces.ts';

export interface PinataOptions extends ProviderAccess {
  /** Default `https://api.pinata.cloud/v3`. */
  readonly apiUrl?: string | undefined;
  /** Default `https://uploads.pinata.cloud/v3`. */
  readonly uploadsUrl?: string | undefined;
  /** Beyond so many bytes an upload is made of pieces. Default 90 MiB, as Pinata asks. */
  readonly onePieceBytesMax?: number | undefined;
  /** Default 50 MiB. */
  readonly pieceBytes?: number | undefined;
  /** The group that files are put into. */
  readonly groupId?: string | undefined;
}

const mebibyte = 1024 * 1024;

/** Pinata's API, version 3: contents are sent as CARs to the public network, each once for each account. */
export function pinata(options: PinataOptions): PinProvider {
  const calls = providerCalls(options);
  const {
    apiUrl = 'https://api.pinata.cloud/v3',
    uploadsUrl = 'https://uploads.pinata.cloud/v3',
    onePieceBytesMax = 90 * mebibyte,
    pieceBytes = 50 * mebibyte,
    groupId,
  } = options;
  const upload = { calls, uploadsUrl, pieceBytes, groupId };
  const one = (id: string) => `${apiUrl}/files/public/${encodeURIComponent(id)}`;
  const status = async (id: string, signal: AbortSignal) => {
    const found = await calls.json({ method: 'GET', url: one(id), accepts: [200, 404], signal }, oneFile);
    return found && remoteOf(found.data);
  };
  const find = async (cid: string, signal: AbortSignal) => {
    const query = new URLSearchParams({ cid, limit: '10' });
    const found = await calls.json(
      { method: 'GET', url: `${apiUrl}/files/public?${query}`, signal },
      filePage,
    );
    return (found?.data.files ?? []).map(remoteOf);
  };
  return {
    name: 'pinata',
    takesContent: true,
    find,
    status,
    async send(request, signal) {
      if ((await request.content.bytes()) <= onePieceBytesMax)
        return remoteOf((await sendInOne(upload, request, signal)).data);
      const uploaded = await sendInPieces(upload, request, signal);
      const [found] = await find(uploaded, signal);
      // Listed a little later: the next look finds it.
      return found ?? { id: '', cid: uploaded, state: 'pending', isOurs: true };
    },
    async remove(id, signal) {
      const response = await calls.send({ method: 'DELETE', url: one(id), accepts: [200, 204, 404], signal });
      await response.body?.cancel();
    },
  };
}

function remoteOf({ id, cid, keyvalues }: z.output<typeof pinataFile>): RemotePin {
  const isOurs = keyvalues?.keyward === pinMark.keyward;
  return { id, cid, isOurs, state: cid === 'pending' ? 'pending' : 'pinned' };
}
