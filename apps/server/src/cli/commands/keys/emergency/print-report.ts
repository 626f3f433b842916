import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { presentEmergencyRotation } from '@keyward/control';
import {
  claimLinks,
  type EmergencyRotation,
  eachRotatedKey,
  type OwnerClaimLink,
  snakeCase,
} from '@keyward/guard';
import type { Installation } from '../../../../installation.ts';
import { table } from '../../../output.ts';

export interface ReportOptions {
  /** With the links of the owners, which give their keys to whoever has them. */
  readonly showsLinks: boolean;
  readonly json: boolean;
}

/** Prints what became of every key, as it is read: a hundred thousand of them are no text to be held whole. */
export async function printReport(
  installation: Installation,
  rotation: EmergencyRotation,
  { showsLinks, json }: ReportOptions,
): Promise<void> {
  const links = showsLinks ? linksOf(installation, rotation.id) : none();
  const asJson = json || process.stdout.isTTY !== true;
  const chunks = asJson ? inJson(installation, rotation, links) : inWords(installation, rotation, links);
  await pipeline(Readable.from(chunks), process.stdout, { end: false });
}

function linksOf({ database, keyring, clock, config }: Installation, id: string) {
  return claimLinks({ database, keyring, clock, publicUrl: config.publicUrl }, id);
}

async function* none(): AsyncGenerator<never> {}

async function* inJson(
  { database }: Installation,
  rotation: EmergencyRotation,
  links: AsyncIterable<OwnerClaimLink>,
): AsyncGenerator<string> {
  yield `{"rotation":${JSON.stringify(presentEmergencyRotation(rotation))},"claims":[`;
  yield* listed(links);
  yield '],"keys":[';
  yield* listed(eachRotatedKey(database, rotation.id));
  yield ']}\n';
}

async function* listed(rows: AsyncIterable<object>): AsyncGenerator<string> {
  let separator = '';
  for await (const row of rows) {
    yield separator + JSON.stringify(snakeCase({ ...row }));
    separator = ',';
  }
}

async function* inWords(
  { database, config }: Installation,
  rotation: EmergencyRotation,
  links: AsyncIterable<OwnerClaimLink>,
): AsyncGenerator<string> {
  const { id, keysStopped, keysReplaced, ownersTold } = rotation;
  yield `${keysStopped} keys stopped, ${keysReplaced} successors made, ${ownersTold} owners told.\n`;
  if (config.smtpUrl === undefined)
    yield 'SMTP_URL is not set: the mails wait. Hand the links over yourself.\n';
  for await (const { email, keys, expiresAt, link } of links)
    yield `${email}  ${keys} keys, until ${expiresAt.toISOString()}\n  ${link}\n`;
  const withoutSuccessor = [];
  for await (const key of eachRotatedKey(database, id))
    if (key.successorId === null && withoutSuccessor.length < 1000)
      withoutSuccessor.push(snakeCase({ ...key }));
  if (withoutSuccessor.length > 0)
    yield `\nWithout a successor:\n${table(withoutSuccessor, ['id', 'prefix', 'user_id', 'why_no_successor'])}\n`;
  yield `Every key by itself: keyward keys emergency-rotate --resume ${id} --json\n`;
}
