import {
  claimLink,
  claimToken,
  findUser,
  isProblem,
  type OpenClaim,
  openClaims,
  renewClaim,
} from '@keyward/guard';
import type { Command } from 'commander';
import type { Installation } from '../../../installation.ts';
import { CommandFailed, print, table } from '../../output.ts';
import { byCli, failOn } from '../../usage.ts';
import { withInstallation } from '../../with-installation.ts';

const pageSize = 1000;

interface ClaimsOptions {
  readonly owner?: string;
  readonly expired?: boolean;
  readonly renew?: string;
  readonly json?: boolean;
}

export function addClaims(group: Command): void {
  group
    .command('claims')
    .description(
      'List the claims that owners have not used yet, with their links: for where no mail is sent.',
    )
    .option('--owner <id or email>', 'only those of one person')
    .option('--expired', 'those that have expired too')
    .option('--renew <id>', 'give one claim another 14 days and send its link again')
    .option('--json', 'print one JSON value')
    .action(async (options: ClaimsOptions) => {
      const data = await withInstallation(async (installation) => {
        if (options.renew !== undefined) {
          const renewed = await renewClaim(installation, options.renew, byCli);
          if (isProblem(renewed)) return failOn(renewed);
        }
        return listClaims(installation, options);
      });
      print({ data }, () => table(data, ['email', 'keys_waiting', 'expires_at', 'link']), options);
    });
}

async function listClaims(
  { database, clock, keyring, config }: Installation,
  { owner: person, expired: includesExpired = false }: ClaimsOptions,
) {
  const owner = person === undefined ? undefined : await findUser(database.orm, person);
  if (person !== undefined && owner === undefined) throw new CommandFailed(`There is no person ${person}.`);
  const claims: OpenClaim[] = [];
  for (;;) {
    const after = claims.at(-1);
    const filter = {
      limit: pageSize,
      includesExpired,
      ...(owner && { userId: owner.id }),
      ...(after && { after }),
    };
    const next = await openClaims(database, filter, clock.now());
    claims.push(...next);
    if (next.length < pageSize) break;
  }
  return claims.map((claim) => ({
    id: claim.id,
    user_id: claim.userId,
    email: claim.email,
    keys_waiting: claim.keysWaiting,
    created_at: claim.createdAt.toISOString(),
    expires_at: claim.expiresAt.toISOString(),
    link: claimLink(config.publicUrl, claimToken(keyring, claim.id)),
  }));
}
