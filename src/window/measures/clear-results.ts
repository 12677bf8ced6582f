import { countResultText } from "./draft.ts";
import type { PartChange } from "./draft.ts";
import { findUneditedSeqs } from "./fact-use.ts";
import type { FactUses } from "./fact-use.ts";
import { listInnerMedia } from "./layout.ts";
import { findUneditedResults } from "./lossless.ts";
import { cutInnerMedia, writeClearedResult } from "./shorten-results.ts";
import type { Situation } from "./situation.ts";
import { composeStub } from "./stub.ts";

/** Only larger results are cleared on their own; a smaller one is evicted with its exchange, whose stub keeps related facts together. */
const minClearedTokens = 800;
/** A digest takes at most this share of the result it replaces, and at most `maxDigestTokens`: a dump must not leave a dump. */
const digestShare = 0.2;
const maxDigestTokens = 300;

/**
 * Older results than this, counted in budgets of newer tokens, get no digest: they are evicted with their exchanges anyway. Matters
 * when a long thread is appended at once.
 */
const maxBudgetsBack = 1.5;

/** Returns the seq of the oldest entry whose result is worth a digest of its own. */
function findOldestClearableSeq({ items, counterBudgetTokens }: Situation): number {
  let tokens = 0;
  for (const item of items.toReversed()) {
    tokens += item.tokens;
    if (tokens > maxBudgetsBack * counterBudgetTokens) return item.seq;
  }
  return 0;
}

/**
 * Clears large tool results, oldest first, until `neededTokens` are freed. Each leaves its handle, its size and those of its facts that
 * the window shows nowhere else.
 */
export function clearResults(
  situation: Situation,
  factUses: FactUses,
  neededTokens: number,
): readonly PartChange[] {
  const changes: PartChange[] = [];
  const unedited = new Set(findUneditedSeqs(situation.items));
  let freed = 0;
  const from = findOldestClearableSeq(situation);
  for (const { item, index, part } of findUneditedResults(situation.items)) {
    if (freed >= neededTokens) break;
    if (item.seq < from) continue;
    if (part.tokens < minClearedTokens || situation.protectedSeqs.has(item.seq)) continue;
    const kept = composeStub({
      seqs: [item.seq],
      factUses,
      factsOfEntry: situation.factsOfEntry,
      isShown: (seq) => unedited.has(seq) && seq !== item.seq,
      constantText: situation.constantText,
      maxTokens: Math.min(Math.floor(part.tokens * digestShare), maxDigestTokens),
      nextSeq: situation.nextSeq,
      labelOf: situation.labelOf,
      countTokens: situation.countTokens,
    });
    if (kept === undefined) continue;
    const held = kept.text.slice(kept.text.indexOf("]") + 1).trim();
    const text = writeClearedResult(item.seq, part.tokens, held);
    const tokens = countResultText(text, { entry: item.entry, part }, situation);
    const media = listInnerMedia(item.entry, index);
    const mediaTokens = media.reduce(
      (sum, one) => sum + (item.shown?.[one]?.tokens ?? item.entry.parts[one]?.tokens ?? 0),
      0,
    );
    const freedTokens = part.tokens + mediaTokens - tokens;
    changes.push({
      target: { seq: item.seq, part: index, text, tokens },
      inner: cutInnerMedia(item.seq, media),
      freedTokens,
    });
    freed += freedTokens;
    unedited.delete(item.seq);
  }
  return changes;
}
