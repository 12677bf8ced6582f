import type { TokenCounter } from "./counter.ts";

/** Only short texts repeat: names, numbers, labels. */
const maxTextLength = 64;
/** Counts kept at once, about 5 MB. */
const maxCounts = 50_000;

/**
 * Returns a function that counts like the given counter and remembers short texts: every edit counts the same few thousand
 * facts of stubs.
 */
export function rememberCounts(counter: TokenCounter): (text: string) => number {
  const counts = new Map<string, number>();
  return (text) => {
    if (text.length > maxTextLength) return counter.count(text);
    const held = counts.get(text);
    if (held !== undefined) return held;
    const count = counter.count(text);
    if (counts.size >= maxCounts) counts.clear();
    counts.set(text, count);
    return count;
  };
}
