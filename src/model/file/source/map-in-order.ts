/** How many files are read concurrently: a round trip to a server takes longer than parsing a header. */
const maxConcurrent = 6;

/** Maps items by a slow function, a few at once. Returns the results in order; the first error ends it, once those started end. */
export async function mapInOrder<Item, Result>(
  items: readonly Item[],
  each: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += maxConcurrent) {
    const settled = await Promise.allSettled(
      items.slice(start, start + maxConcurrent).map((item) => each(item)),
    );
    for (const outcome of settled) {
      if (outcome.status === "rejected") throw outcome.reason;
      results.push(outcome.value);
    }
  }
  return results;
}
