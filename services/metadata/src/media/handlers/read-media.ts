import { type Handler, json, page, refuse } from '@keyward/guard';
import { findReplicas } from '../../replicas/find-replicas.ts';
import type { mediaContract } from '../contract.ts';
import { describeMedia, describeMediaWhole } from '../describe-media.ts';
import type { MediaSetting } from '../media-setting.ts';
import { findOwnMedia, listOwnMedia } from '../records/find-media.ts';
import { forgetMedia } from '../records/forget-media.ts';

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
    return json(200, { ...describeMediaWhole(row), stores: await findReplicas(database, row) });
  };
}

export function deleteMediaHandler({ database, store }: MediaSetting): Handler<Contract['deleteMedia']> {
  return async ({ params }, context) => {
    if (!(await forgetMedia(database, store, context.caller, params.id))) return noSuchFile;
    context.audited(params.id);
    return json(204);
  };
}

/** The keys that verify receipts offline. */
export function getReceiptKeysHandler({ receipts }: MediaSetting): Handler<Contract['getReceiptKeys']> {
  return () => json(200, { keys: receipts.keys() }, { 'cache-control': 'public, max-age=300' });
}
