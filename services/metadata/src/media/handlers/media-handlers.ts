import type { Handlers } from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import type { MediaSetting } from '../media-setting.ts';
import { continueUploadHandler } from '../resumable/continue-upload.ts';
import { createUploadHandler } from '../resumable/create-upload.ts';
import { deleteUploadHandler, readUploadHandler } from '../resumable/read-upload.ts';
import { createMediaHandler } from './create-media.ts';
import { createMediaBatchHandler, deleteMediaBatchHandler } from './media-batches.ts';
import {
  deleteMediaHandler,
  getMediaHandler,
  getReceiptKeysHandler,
  listMediaHandler,
} from './read-media.ts';
import {
  createMediaLinkHandler,
  getMediaContentHandler,
  getPublicMediaHandler,
  getSignedMediaHandler,
} from './serve-media.ts';

/** One handler for each route of media. */
export function mediaHandlers(setting: MediaSetting): Handlers<typeof mediaContract> {
  return {
    createMedia: createMediaHandler(setting),
    listMedia: listMediaHandler(setting),
    getReceiptKeys: getReceiptKeysHandler(setting),
    getMedia: getMediaHandler(setting),
    deleteMedia: deleteMediaHandler(setting),
    createMediaBatch: createMediaBatchHandler(setting),
    deleteMediaBatch: deleteMediaBatchHandler(setting),
    createUpload: createUploadHandler(setting),
    readUpload: readUploadHandler(setting),
    continueUpload: continueUploadHandler(setting),
    deleteUpload: deleteUploadHandler(setting),
    getMediaContent: getMediaContentHandler(setting),
    getPublicMedia: getPublicMediaHandler(setting),
    createMediaLink: createMediaLinkHandler(setting),
    getSignedMedia: getSignedMediaHandler(setting),
  };
}
