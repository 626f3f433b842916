import { type Handler, json, page, type Reply, refuse } from '@keyward/guard';
import type { mediaContract } from '../contract.ts';
import { describeMedia } from '../describe-media.ts';
import type { MediaSetting } from '../media-setting.ts';
import { findOwnMedia, findPublicMedia, listOwnMedia } from '../records/find-media.ts';
import { forgetMedia } from '../records/forget-media.ts';
import { serveContent } from '../serve/serve-content.ts';

type Contract = typeof mediaContract;

const noSuchFile = refuse('not_found');

export function listMediaHandler({ database }: MediaSetting): Handler<Contract['listMedia']> {
  return async ({ query }, { caller }) => {
    const { limit, cursor } = query;
    const rows = await listOwnMedia(database, caller, { limit: limit + 1, behindId: cursor?.id });
    return json(200, page(rows, limit, describeMedia));
  };
}

export function getMediaHandler({ database }: MediaSetting): Handler<Contract['getMedia']> {
  return async ({ params }, context) => {
    const row = await findOwnMedia(database, context.caller, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    return json(200, describeMedia(row));
  };
}

export function deleteMediaHandler({ database, store }: MediaSetting): Handler<Contract['deleteMedia']> {
  return async ({ params }, context) => {
    if (!(await forgetMedia(database, store, context.caller, params.id))) return noSuchFile;
    context.audited(params.id);
    return json(204);
  };
}

export function getMediaContentHandler({
  database,
  store,
}: MediaSetting): Handler<Contract['getMediaContent']> {
  return async ({ params, headers }, context): Promise<Reply> => {
    const row = await findOwnMedia(database, context.caller, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    // What only its owner may see stays out of shared caches, even when it is public elsewhere.
    return serveContent(store, { ...row, visibility: 'private' }, headers);
  };
}

export function getPublicMediaHandler({
  database,
  store,
}: MediaSetting): Handler<Contract['getPublicMedia']> {
  return async ({ params, headers }, context): Promise<Reply> => {
    const row = await findPublicMedia(database, params.id);
    if (!row) return noSuchFile;
    context.audited(row.id);
    return serveContent(store, row, headers);
  };
}
