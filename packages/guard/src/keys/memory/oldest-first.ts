/**
 * Gives the keys of a map from the oldest on, for whoever removes each that it is given. `map.keys().next()` would step
 * over the places of all that were removed since the map last grew: tenths of a millisecond among 100,000.
 */
export function oldestFirst<Key>(map: {
  keys(): MapIterator<Key> | SetIterator<Key>;
}): () => Key | undefined {
  let keys = map.keys();
  return () => {
    let next = keys.next();
    if (next.done) {
      keys = map.keys();
      next = keys.next();
    }
    return next.done ? undefined : next.value;
  };
}
