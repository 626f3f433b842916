import type { Handlers, KeyCaller, RequestContext, VerbatimInput } from '@keyward/guard';
import type { ProviderName } from '../providers/known-providers.ts';
import type { proxyContract } from './contract.ts';
import { forwardCall, type ProxyDeps } from './forward-call.ts';

export function proxyHandlers(deps: ProxyDeps): Handlers<typeof proxyContract> {
  const to =
    (provider: ProviderName) =>
    ({ body }: { readonly body: VerbatimInput }, context: RequestContext<KeyCaller>) =>
      forwardCall(deps, provider, body, context);
  return {
    getFromOpenai: to('openai'),
    callOpenai: to('openai'),
    deleteAtOpenai: to('openai'),
    getFromAnthropic: to('anthropic'),
    callAnthropic: to('anthropic'),
    deleteAtAnthropic: to('anthropic'),
    getFromGoogle: to('google'),
    callGoogle: to('google'),
    deleteAtGoogle: to('google'),
  };
}
