import type { Contract, Handlers } from '@keyward/guard';

/** The handlers; after each that may have changed something, whatever came of it, `changed` is called. */
export function announcing<C extends Contract>(
  contract: C,
  handlers: Handlers<C>,
  changed: () => void,
): Handlers<C> {
  const announced = Object.entries<Handlers<Contract>[string]>(handlers).map(([name, handle]) => {
    const route = contract[name];
    if (route === undefined || route.method === 'GET') return [name, handle];
    const then: typeof handle = async (input, context) => {
      try {
        return await handle(input, context);
      } finally {
        changed();
      }
    };
    return [name, then];
  });
  return Object.fromEntries(announced) as Handlers<C>;
}
