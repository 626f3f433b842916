// What the settings of stores are checked with, apart from the stores themselves: every command reads its settings.
export { imageKitPlans } from './imagekit/imagekit-options.ts';
export { parseS3Url } from './s3/parse-s3-url.ts';
