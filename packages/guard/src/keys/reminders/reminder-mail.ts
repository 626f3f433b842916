import { asData } from '../../notify/as-data.ts';
import type { EmailContent } from '../../notify/schema.ts';
import type { OwnersReminders, Reminder, ReminderKind } from './due-reminders.ts';
import { reminderKinds } from './due-reminders.ts';

const dayMs = 24 * 60 * 60 * 1000;

const headings: Readonly<Record<ReminderKind, string>> = {
  expiry: 'Expires soon: whoever uses it needs another key by then.',
  rotation: 'To be rotated:',
  never_used: 'Never used in 30 days:',
  unused: 'Not used for 90 days:',
};

const advice: Readonly<Record<'rotate' | 'revoke', string>> = {
  rotate: `To replace a key by a new one, while the old one goes on for a day:
  keyward keys rotate <id>
  POST /v1/control/keys/<id>/rotate
  POST /v1/auth/rotate (with the key itself)`,
  revoke: `To stop a key that nobody needs:
  keyward keys revoke <id>
  POST /v1/control/keys/<id>/revoke`,
};

/** The one mail in which an owner is reminded of keys (K9). Names are data: they stand in quotes, on their line. */
export function reminderMail({ listed, count }: OwnersReminders, now: Date): EmailContent {
  const sections = reminderKinds.flatMap((kind) => {
    const lines = listed
      .filter(({ about }) => about === kind)
      .map((reminder) => line(reminder, now.getTime()));
    return lines.length === 0 ? [] : [[headings[kind], ...lines].join('\n')];
  });
  const more = count - listed.length;
  const parts = [
    'There is something to do about API keys of yours.',
    ...sections,
    ...(more > 0 ? [`and ${more} more.`] : []),
    advice.rotate,
    advice.revoke,
  ];
  return { subject: 'API keys of yours need your attention', text: `${parts.join('\n\n')}\n` };
}

function line({ about, keyId, name, prefix, lastFour, atMs }: Reminder, nowMs: number): string {
  const key = `- "${asData(name)}" (${asData(prefix)}…${asData(lastFour)}, id ${asData(keyId)})`;
  const day = new Date(atMs).toISOString().slice(0, 10);
  switch (about) {
    case 'expiry':
      return `${key}: expires on ${day}, ${inDays(atMs - nowMs)}`;
    case 'rotation':
      return atMs > nowMs ? `${key}: due on ${day}, ${inDays(atMs - nowMs)}` : `${key}: overdue since ${day}`;
    case 'never_used':
      return `${key}: made on ${day}`;
    case 'unused':
      return `${key}: last used on ${day}`;
  }
}

function inDays(ms: number): string {
  const days = Math.ceil(ms / dayMs);
  return days === 1 ? 'within a day' : `in ${days} days`;
}
