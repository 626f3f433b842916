import type { MediaType } from '../../media/media-type.ts';

export const imageKitPlans = ['free', 'lite', 'pro'] as const;
export type ImageKitPlan = (typeof imageKitPlans)[number];

export interface ImageKitOptions {
  readonly privateKey: string;
  /** Such as `https://ik.imagekit.io/your_id`, without a slash at its end. */
  readonly urlEndpoint: string;
  readonly plan: ImageKitPlan;
  /** Instead of ImageKit's own addresses: one for uploads and files. */
  readonly apiUrl?: string | undefined;
}

const MB = 1_000_000;

/** What a file may have, by plan (ImageKit's documentation of the upload API). */
const bytesMax: Readonly<Record<ImageKitPlan, { image: number; video: number }>> = {
  free: { image: 25 * MB, video: 100 * MB },
  lite: { image: 40 * MB, video: 300 * MB },
  pro: { image: 50 * MB, video: 2_000 * MB },
};

/** Bytes that a file of a type may have in a plan. */
export function imageKitBytesMax(plan: ImageKitPlan, type: MediaType): number {
  return bytesMax[plan][type.startsWith('video/') ? 'video' : 'image'];
}
