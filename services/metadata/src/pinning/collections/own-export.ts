/** What a collection is pinned as by itself. */
export const ownExport = { profile: 'unixfs-v1-2025', naming: 'decimal' } as const;
