import { type Handler, isProblem, json, type Reply, refuse } from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import type { MediaSetting } from '../media-setting.ts';
import type { MediaRow } from '../media-table.ts';
import { findAnyMedia, findOwnMedia, findPublicMedia } from '../records/find-media.ts';
import { mediaContent } from '../serve/media-content.ts';
import { type ContentConditions, cacheFor, serveContent } from '../serve/serve-content.ts';
import type { ThumbnailSize } from '../thumbnails/thumbnail-size.ts';

type Contract = typeof mediaContract;

const noSuchFile = refuse('not_found');
const noSuchLink = refuse('not_found', { detail: 'The link is not valid, or no longer.' });

export function getMediaContentHandler(setting: MediaSetting): Handler<Contract['getMediaContent']> {
  return async ({ params, query, headers }, context): Promise<Reply> => {
    const row = await findOwnMedia(setting.database, context.caller, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    return serve(setting, row, { ...query, headers, cacheControl: cacheFor.owner });
  };
}

export function getPublicMediaHandler(setting: MediaSetting): Handler<Contract['getPublicMedia']> {
  return async ({ params, query, headers }, context): Promise<Reply> => {
    const row = await findPublicMedia(setting.database, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    return serve(setting, row, { ...query, headers, cacheControl: cacheFor.everybody });
  };
}

export function createMediaLinkHandler(setting: MediaSetting): Handler<Contract['createMediaLink']> {
  return async ({ params, body }, context) => {
    const row = await findOwnMedia(setting.database, context.caller, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    const expires = Math.floor(setting.clock.now() / 1000) + body.expires_in;
    const url = setting.links.issue({ ...row, size: body.size, expires });
    return json(201, { url, expires_at: new Date(expires * 1000).toISOString() });
  };
}

export function getSignedMediaHandler(setting: MediaSetting): Handler<Contract['getSignedMedia']> {
  return async ({ params, query, headers }, context): Promise<Reply> => {
    const { expires, signature, size } = query;
    const secondsLeft = expires - Math.floor(setting.clock.now() / 1000);
    if (secondsLeft <= 0) return noSuchLink;
    const row = await findAnyMedia(setting.database, params.id);
    if (!row || !setting.links.holds({ ...row, size, expires }, signature)) return noSuchLink;
    context.audited(row.id);
    // Whoever has the link may keep the bytes for as long as it holds.
    return serve(setting, row, { size, headers, cacheControl: `private, max-age=${secondsLeft}` });
  };
}

interface Serving {
  readonly size?: ThumbnailSize | undefined;
  readonly headers: ContentConditions;
  readonly cacheControl: string;
}

async function serve(setting: MediaSetting, row: MediaRow, serving: Serving): Promise<Reply> {
  const content = await mediaContent(setting, row, serving.size);
  return isProblem(content) ? content : serveContent(content, serving.headers, serving.cacheControl);
}
