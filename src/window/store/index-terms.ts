import type { SearchScope } from "./choose-candidates.ts";
import type { Entry } from "./store.ts";

/** Indexes the terms of a thread's entries for one search. */
export function indexTerms(thread: string, entries: readonly Entry[]): SearchScope {
  const places = new Map<string, Map<number, number>>();
  const lengths = entries.map((entry) => {
    const words = entry.terms.split(" ").filter((word) => word !== "");
    for (const word of words) {
      const counts = places.get(word) ?? new Map<number, number>();
      counts.set(entry.seq, (counts.get(entry.seq) ?? 0) + 1);
      places.set(word, counts);
    }
    return words.length;
  });
  return {
    thread,
    documentCount: entries.length,
    totalLength: lengths.reduce((sum, length) => sum + length, 0),
    frequency: (term) => places.get(term)?.size ?? 0,
    occurrences: (term) => places.get(term) ?? new Map<number, number>(),
    length: (seq) => lengths[seq] ?? 0,
  };
}
