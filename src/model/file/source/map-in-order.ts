/** How many files beside one are read at once: a round trip to a server takes longer than a header. */
const atOnce = 6;

/** Maps items by a slow function, a few at once; results in the items' order. The first fault ends it, after those under way. */
export async function mapInOrder<Item, Result>(
  items: readonly Item[],
  each: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const settled = await Promise.allSettled(items.slice(start, start + atOnce).map((item) => each(item)));
    for (const outcome of settled) {
      if (outcome.status === "rejected") throw outcome.reason;
      results.push(outcome.value);
    }
  }
  return results;
}
