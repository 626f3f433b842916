export { createReplication } from './create-replication.ts';
export type { ImageKitOptions, ImageKitPlan } from './imagekit/imagekit-options.ts';
export type { StoreOptions } from './store-options.ts';
