import { bytes, type Handlers, isProblem, json, refuse } from '@keyward/guard';
import { isId } from '../fields.ts';
import type { providersContract } from './contract.ts';
import { judgeBaseUrl, type ProviderPolicy } from './judge-base-url.ts';
import type { ProviderAccount, ProviderAccounts } from './provider-accounts.ts';

export function providersHandlers(
  accounts: ProviderAccounts,
  policy: ProviderPolicy,
): Handlers<typeof providersContract> {
  return {
    async connectProvider({ body }, context) {
      const { provider, api_key: key, base_url: wanted } = body;
      const judged = judgeBaseUrl(provider, wanted, context.caller.environment, policy);
      if ('wrong' in judged)
        return refuse('invalid_request', {
          detail: `/base_url: ${judged.wrong}.`,
          errors: [{ pointer: '/base_url', message: judged.wrong }],
        });
      const account = await accounts.connect(context.caller, { provider, key, baseUrl: judged.baseUrl });
      if (isProblem(account)) return account;
      context.audited(account.id);
      return json(201, present(account), { location: `/v1/providers/${account.id}` });
    },
    async listProviders(_input, { caller }) {
      return json(200, { data: (await accounts.list(caller)).map(present), next_cursor: null });
    },
    async removeProvider({ params }, context) {
      if (!isId(params.id) || !(await accounts.remove(context.caller, params.id))) return refuse('not_found');
      context.audited(params.id);
      return bytes(204, null, {});
    },
  };
}

function present({ id, provider, baseUrl, lastFour, createdAt }: ProviderAccount) {
  return {
    id,
    provider,
    base_url: baseUrl,
    last_four: lastFour,
    created_at: createdAt.toISOString(),
  };
}
