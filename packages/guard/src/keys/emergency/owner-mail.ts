import { asData } from '../../notify/as-data.ts';
import type { EmailContent } from '../../notify/schema.ts';
import { claimPlaceholder } from '../claims/fill-claim-links.ts';
import type { EmergencyRotation } from './emergency-status.ts';
import type { StoppedKeys } from './keys-of-owners.ts';

const why = {
  emergency: 'as a precaution',
  compromised: 'because others may have come to know them',
  leaked: 'because they were found where others can read them',
} as const;

/**
 * What one owner is told (K8). Names are written by their holders: they stand in the text only, and nothing in them can
 * become a line of its own or a placeholder.
 */
export function ownerMail(
  { reason, graceMs, createdAt }: EmergencyRotation,
  keys: StoppedKeys | undefined,
  claim: { readonly id: string; readonly expiresAt: Date } | undefined,
): EmailContent {
  const at = time(createdAt.getTime() + graceMs);
  const stopped = keys && [
    graceMs === 0
      ? `${counted(keys.count)} of yours ${keys.count === 1 ? 'was' : 'were'} stopped on ${at}, ${why[reason]}:`
      : `${counted(keys.count)} of yours will stop on ${at} at the latest, ${why[reason]}:`,
    list(keys),
  ];
  const offer = claim && [
    'New keys with the same rights are ready. Their secrets are made and shown when you ask for them here, each one once:',
    claimPlaceholder(claim.id),
    `The link is yours alone and works until ${time(claim.expiresAt.getTime())}. Have the keys replaced wherever they are in use.`,
  ];
  const paragraphs = [
    ...(stopped ?? ['API keys of yours were replaced.']),
    ...(offer ?? ['Keys that had been rotated before keep the successors that they have.']),
  ];
  return { subject: 'Your API keys were stopped', text: `${paragraphs.join('\n\n')}\n` };
}

function list({ count, listed }: StoppedKeys): string {
  const lines = listed.map(({ name, prefix }) => `- ${asData(name)} (${asData(prefix)}…)`);
  const more = count - listed.length;
  return [...lines, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

const counted = (count: number): string => (count === 1 ? 'An API key' : `${count} API keys`);

const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
