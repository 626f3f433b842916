import {
  type Actor,
  createGithubKeys,
  type Handlers,
  isProblem,
  json,
  type KeyFinder,
  keyLookup,
  type LeakPolicy,
  type LeakResult,
  ownKeys,
  type RequestContext,
  readRawBody,
  receiveGithubReport,
  revokeLeaked,
} from '@keyward/guard';
import type { ControlDeps } from '../service.ts';
import type { leaksContract } from './contract.ts';

/** What is done about keys that leaked. */
export interface LeakOptions {
  /** About those that GitHub reports. */
  readonly policy: LeakPolicy;
  /** Where GitHub publishes the keys that it signs with. */
  readonly githubKeysUrl: string;
  /** Mailbox that hears of leaks besides the super_admins. */
  readonly securityContact: string | undefined;
  /** Finds keys of each kind. Default: those that we made, by their keyed hash. */
  readonly finders?: readonly KeyFinder[];
}

export function leakHandlers(
  deps: Pick<ControlDeps, 'database' | 'keyring' | 'clock' | 'leaks'>,
): Handlers<typeof leaksContract> {
  const { database, keyring, clock, leaks } = deps;
  const { securityContact, finders = [ownKeys(keyring, keyLookup(database))] } = leaks;
  const core = { database, keyring, clock, finders, securityContact };
  const githubKeys = createGithubKeys({ url: leaks.githubKeysUrl, clock });
  return {
    async revokeLeaked({ body }, context) {
      const presented = body.keys.map((text) => ({ text, foundAt: body.source }));
      const results = await revokeLeaked(core, presented, {
        ...reporter(context),
        by: 'holder',
        policy: 'revoke',
      });
      if (isProblem(results)) return results;
      audit(context, results);
      const data = results.map(({ prefix, lastFour, outcome }) => ({
        prefix,
        last_four: lastFour,
        result: outcome,
      }));
      return json(200, { data }, { 'cache-control': 'no-store' });
    },

    async takeGithubReport({ headers, body: { stream } }, context) {
      const body = await readRawBody(stream);
      if (isProblem(body)) return body;
      const report = {
        body,
        keyIdentifier: headers['github-public-key-identifier'],
        signature: headers['github-public-key-signature'],
      };
      const taken = await receiveGithubReport({ ...core, githubKeys }, report, {
        ...reporter(context),
        policy: leaks.policy,
      });
      if (isProblem(taken)) return taken;
      audit(context, taken.results);
      return json(200, taken.feedback, { 'cache-control': 'no-store' });
    },
  };
}

function reporter({ requestId, clientAddress }: RequestContext): { actor: Actor; clientAddress: string } {
  return { actor: { via: 'api', requestId, ip: clientAddress }, clientAddress };
}

/** The ids of keys, never what was sent. */
function audit(context: RequestContext, results: readonly LeakResult[]): void {
  context.audited(...new Set(results.flatMap(({ keyId }) => keyId ?? [])));
}
