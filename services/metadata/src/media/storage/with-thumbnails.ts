import type { Thumbnails } from '../thumbnails/thumbnails.ts';
import type { MediaStore } from './media-store.ts';

/** A store that removes the thumbnails of what is deleted from it. */
export function withThumbnails(store: MediaStore, thumbnails: Pick<Thumbnails, 'forget'>): MediaStore {
  return {
    put: (place, file) => store.put(place, file),
    open: (place, range) => store.open(place, range),
    usage: () => store.usage(),
    list: () => store.list(),
    async delete(place) {
      await store.delete(place);
      await thumbnails.forget(place);
    },
  };
}
