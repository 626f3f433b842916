import { Upload, type UploadOptions } from 'tus-js-client';

/** Uploads with the client that most people use; gives the upload's URL. */
export function tusUpload(content: Buffer, options: UploadOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(content, {
      chunkSize: 100_000,
      retryDelays: [0, 100, 300],
      ...options,
      onError: reject,
      onSuccess: () => resolve(upload.url ?? ''),
    });
    upload.start();
  });
}

/** Begins an upload and gives it up after the first chunk that arrived. */
export function tusBegin(content: Buffer, options: UploadOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(content, {
      chunkSize: 50_000,
      ...options,
      onError: reject,
      onChunkComplete: () => void upload.abort().then(() => resolve(upload.url ?? '')),
    });
    upload.start();
  });
}
