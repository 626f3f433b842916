import { join, resolve } from 'node:path';
import { type AnchorTarget, parseAnchor } from '@keyward/guard';
import type { Config } from './config.ts';

/** `AUDIT_ANCHOR`, checked; a folder as an absolute path. */
export function auditAnchor(text: string | undefined, problems: string[]): string | undefined {
  if (text === undefined) return undefined;
  const target = parseAnchor(text, '');
  if (typeof target === 'string') problems.push(`AUDIT_ANCHOR ${target}.`);
  else if (target.kind === 'folder') return resolve(target.path);
  return text;
}

/** Where this node keeps checkpoints. `nodeId`: of its journal. */
export function anchorOf(
  { auditAnchor: chosen, dataFolder }: Pick<Config, 'auditAnchor' | 'dataFolder'>,
  nodeId: string,
): AnchorTarget {
  return parseAnchor(chosen ?? join(dataFolder, 'audit', 'checkpoints'), nodeId) as AnchorTarget;
}
