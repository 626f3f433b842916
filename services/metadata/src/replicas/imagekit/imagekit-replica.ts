import { openAsBlob } from 'node:fs';
import { type Replica, type ReplicaItem, StoreAway } from '../replica.ts';
import { imageKitPlace, originalUrl } from './delivery-url.ts';
import { imageKitApi } from './imagekit-api.ts';
import { type ImageKitOptions, imageKitBytesMax } from './imagekit-options.ts';

/**
 * ImageKit's media library, for public files alone: whatever is there anybody can see who knows its name, and the name
 * follows from the content.
 */
export function imageKitReplica(options: ImageKitOptions): Replica {
  const api = imageKitApi(options);
  const { urlEndpoint, plan } = options;
  return {
    name: 'imagekit',
    async put(item, file, signal) {
      if (item.bytes > imageKitBytesMax(plan, item.type))
        return { kind: 'refused', reason: `The file is larger than ImageKit's plan "${plan}" takes.` };
      const kept = await api.upload(await formOf(item, file), signal);
      if (kept === undefined) return { kind: 'refused', reason: 'ImageKit does not take this file.' };
      if (kept.filePath !== imageKitPlace(item).path || kept.size !== item.bytes)
        throw new StoreAway('ImageKit kept something else than was sent', undefined, 'file');
      return { kind: 'stored', remoteId: kept.fileId, url: `${urlEndpoint}${kept.filePath}` };
    },
    async open(item, { start, end }, signal) {
      const answer = await fetch(originalUrl(urlEndpoint, item), {
        headers: { range: `bytes=${start}-${end}` },
        signal,
      });
      if (answer.status === 206 && answer.body !== null) return answer.body;
      await answer.body?.cancel();
      throw new StoreAway(`ImageKit answered ${answer.status}`);
    },
    async delete(item, remoteId, signal) {
      const { folder, name, path } = imageKitPlace(item);
      // A process that died behind an upload never learned its id.
      const found =
        remoteId === null ? await api.find(folder, name, signal) : [{ fileId: remoteId, filePath: path }];
      const own = found.filter(({ filePath }) => filePath === path);
      for (const { fileId } of own) await api.delete(fileId, signal);
      if (own.length > 0) await api.purge(`${urlEndpoint}${path}*`, signal);
    },
  };
}

/** Under one name and overwriting: an upload that is repeated leaves one file. */
async function formOf(item: ReplicaItem, file: string): Promise<FormData> {
  const { folder, name } = imageKitPlace(item);
  const form = new FormData();
  form.set('fileName', name);
  form.set('folder', folder);
  form.set('useUniqueFileName', 'false');
  form.set('overwriteFile', 'true');
  form.set('isPrivateFile', 'false');
  // Read from the disk as it is sent.
  form.set('file', await openAsBlob(file, { type: item.type }), name);
  return form;
}
