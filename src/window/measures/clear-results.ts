import type { PartChange } from "./draft.ts";
import { shownWhole } from "./fact-standing.ts";
import type { Standings } from "./fact-standing.ts";
import { shownResults } from "./lossless.ts";
import type { Situation } from "./situation.ts";
import { composeStub } from "./stub.ts";

/** Only results this large are cleared alone; smaller ones leave with their exchange, whose stub says what belongs together. */
const minClearedTokens = 800;
/** A digest may take this share of the result it replaces, */
const digestShare = 0.2;
/** and no more than this many tokens, so that a dump does not leave a dump. */
const maxDigestTokens = 300;

/** Results farther back than this many budgets leave with their exchanges anyway: a long thread is handed in at once. */
const budgetsBack = 1.5;

/** Seq of the oldest entry whose result is worth a digest of its own. */
function oldestWorthClearing({ items, counterBudgetTokens }: Situation): number {
  let tokens = 0;
  for (const item of items.toReversed()) {
    tokens += item.tokens;
    if (tokens > budgetsBack * counterBudgetTokens) return item.seq;
  }
  return 0;
}

/**
 * Clears large tool results, oldest first, until `neededTokens` are freed. Each leaves its handle, its size and the facts it
 * held that stand nowhere else in full view.
 */
export function clearResults(
  situation: Situation,
  standings: Standings,
  neededTokens: number,
): readonly PartChange[] {
  const changes: PartChange[] = [];
  const whole = new Set(shownWhole(situation.items));
  let freed = 0;
  const from = oldestWorthClearing(situation);
  for (const { item, index, part } of shownResults(situation.items)) {
    if (freed >= neededTokens) break;
    if (item.seq < from) continue;
    if (part.tokens < minClearedTokens || situation.protectedSeqs.has(item.seq)) continue;
    const kept = composeStub({
      seqs: [item.seq],
      standings,
      factsOfEntry: situation.factsOfEntry,
      stays: (seq) => whole.has(seq) && seq !== item.seq,
      standingText: situation.standingText,
      limitTokens: Math.min(Math.floor(part.tokens * digestShare), maxDigestTokens),
      nextSeq: situation.nextSeq,
      labelOf: situation.labelOf,
      countTokens: situation.countTokens,
    });
    if (kept === undefined) continue;
    const held = kept.text.slice(kept.text.indexOf("]") + 1).trim();
    const text = `[Result #${item.seq} of ${part.tokens} tokens was cleared; recall brings it back.${held === "" ? "" : ` It held: ${held}`}]`;
    const tokens = situation.countTokens(text);
    changes.push({ target: { seq: item.seq, part: index, text, tokens }, freedTokens: part.tokens - tokens });
    freed += part.tokens - tokens;
    whole.delete(item.seq);
  }
  return changes;
}
