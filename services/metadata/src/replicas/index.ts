export { type ImageKitOptions, type ImageKitPlan, imageKitPlans } from './imagekit/imagekit-options.ts';
export { registerStores } from './register-stores.ts';
export { replicateMedia } from './replicate-media.ts';
export { parseS3Url } from './s3/parse-s3-url.ts';
export { configuredStores, openReplicas, type StoreOptions } from './store-options.ts';
