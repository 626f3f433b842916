/** Items of a batch: the tokens 0, 1, 2, … of a collection, each with a document of its own. */
export function batchTokens(collection: string, count: number) {
  return Array.from({ length: count }, (_, id) => ({
    collection,
    token_id: String(id),
    document: { name: `${collection} #${id}`, attributes: [{ trait_type: 'Number', value: id }] },
  }));
}
