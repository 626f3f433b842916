import * as nodeModule from 'node:module';

const resolved = new Map();

/**
 * Loads the CommonJS build of drizzle-orm instead of its ES modules. Those re-export each other so deeply that Node needs
 * 0.8 s and 200 MB to link them; the same code as CommonJS takes 0.15 s and 15 MB (measured on Node 24.21).
 * Each of our packages looks for it once: Node would read the 130 kB of its exports again for every import, 0.25 s of a start.
 * Older Nodes without such hooks load the ES modules as usual.
 */
nodeModule.registerHooks?.({
  resolve(specifier, context, nextResolve) {
    if (specifier !== 'drizzle-orm' && !specifier.startsWith('drizzle-orm/'))
      return nextResolve(specifier, context);
    const importer = context.parentURL?.replace(/\/(?:src|dist)\/.*/, '');
    const wanted = `${importer} ${specifier}`;
    const before = resolved.get(wanted);
    if (before !== undefined) return before;
    const conditions = context.conditions.map((condition) =>
      condition === 'import' ? 'require' : condition,
    );
    const found = { ...nextResolve(specifier, { ...context, conditions }), shortCircuit: true };
    resolved.set(wanted, found);
    return found;
  },
});
