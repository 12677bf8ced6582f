import { findOldImages } from "./clear-images.ts";
import { clearResults } from "./clear-results.ts";
import type { EditDraft, PartChange } from "./draft.ts";
import type { EditReason, Measure } from "./edit.ts";
import { evictExchanges } from "./evict.ts";
import { collectFactUses } from "./fact-use.ts";
import { chooseStaying, chooseLeastStaying, sumTokensOf } from "./give-way.ts";
import type { Kept } from "./give-way.ts";
import { countMissingOpening, keepOpening } from "./keep-opening.ts";
import { applyEdit, sumTokens } from "./layout.ts";
import type { Item } from "./layout.ts";
import { findOldReasoning, findRepeatedResults } from "./lossless.ts";
import { shortenResults } from "./shorten-results.ts";
import type { Situation } from "./situation.ts";

/** Planned edits, and the window's items after them. */
export interface Plan {
  readonly drafts: readonly EditDraft[];
  readonly items: readonly Item[];
}

const reasons: Readonly<Record<EditReason, string>> = {
  forced: "the window was over its budget",
  cold: "the cache was cold, so the prefix must be written again anyway",
  pays: "it saves more than rewriting the rest costs",
  requested: "the newest request called for it",
};

/** Drafts an edit of parts, with its reason in words; undefined without changes. */
export function draftParts(
  measure: Measure,
  reason: EditReason,
  changes: readonly PartChange[],
  words: "usual" | "shortened" = "usual",
): EditDraft | undefined {
  if (changes.length === 0) return undefined;
  const freed = changes.reduce((sum, change) => sum + change.freedTokens, 0);
  const one = changes.length === 1;
  const what: Partial<Record<Measure, string>> = {
    dedupe: one
      ? "tool result became a pointer to a newer copy"
      : "tool results became pointers to newer copies",
    supersede: one
      ? "tool result became a pointer to a newer call's"
      : "tool results became pointers to newer calls'",
    "drop-reasoning": one
      ? "piece of reasoning of a finished turn was dropped"
      : "pieces of reasoning of finished turns were dropped",
    "clear-images": one ? "old picture was cleared" : "old pictures were cleared",
    "clear-results": one ? "large old tool result became a digest" : "large old tool results became digests",
  };
  const shortened = one
    ? "new tool result was shortened to its head and tail"
    : "new tool results were shortened to their heads and tails";
  return {
    measure,
    reason,
    why: `${changes.length} ${words === "usual" ? (what[measure] ?? measure) : shortened}, ${freed} tokens: ${reasons[reason]}`,
    targets: changes.flatMap((change) => [change.target, ...(change.inner ?? [])]),
    insertion: undefined,
    absorbs: [],
  };
}

function addDraft(plan: Plan, draft: EditDraft | undefined): Plan {
  if (draft === undefined) return plan;
  const edit = { ...draft, number: -plan.drafts.length - 1, time: 0, freedTokens: 0, rewrittenTokens: 0 };
  return { drafts: [...plan.drafts, draft], items: applyEdit(plan.items, edit) };
}

/** Plans the measures that lose nothing still needed: duplicates, superseded results, old reasoning. */
export function planLossless(situation: Situation, reason: EditReason): Plan {
  let plan: Plan = { drafts: [], items: situation.items };
  for (const [measure, changes] of findRepeatedResults(situation))
    plan = addDraft(plan, draftParts(measure, reason, changes));
  return addDraft(plan, draftParts("drop-reasoning", reason, findOldReasoning(situation)));
}

/**
 * Plans one deep edit, down to the low-water mark, so that the next one is far away: lossless measures first, then old pictures,
 * then large old tool results, then entire exchanges. If the entries that stay exceed the budget, they give way step by step (see `give-way.ts`). If even
 * that is not enough, returns the smallest possible window.
 */
export function planDeep(situation: Situation, reason: EditReason): Plan {
  const kept = chooseStaying(situation);
  if (kept === undefined) return planLeast(situation, { reason, newest: false });
  const plan = planWithin(situation, kept, reason);
  const openingTokens = countMissingOpening(situation, plan.items);
  if (openingTokens === 0) return plan;
  // A few tokens name the task: what is filled to the brim gives them up, but the newest exchange does not leave for them.
  const tighter = { ...situation, fixedTokens: situation.fixedTokens + openingTokens };
  const less = chooseStaying(tighter);
  if (less === undefined || holdsNewest(situation, kept) !== holdsNewest(situation, less)) return plan;
  const named = planWithin(tighter, less, reason);
  return addDraft(named, keepOpening(situation, named.items, reason));
}

function planWithin(situation: Situation, kept: Kept, reason: EditReason): Plan {
  const freeTokens = situation.counterBudgetTokens - situation.fixedTokens - kept.minTokens;
  return planAround(situation, kept, { reason, freeTokens });
}

function holdsNewest(situation: Situation, { protectedSeqs }: Kept): boolean {
  return [...situation.holds].every(([seq, hold]) => hold !== "newest" || protectedSeqs.has(seq));
}

/** Plans the smallest possible window. With `newest`, the newest exchange stays, its results as handles. */
export function planLeast(
  situation: Situation,
  { reason, newest }: { readonly reason: EditReason; readonly newest: boolean },
): Plan {
  const kept = chooseLeastStaying(situation, newest);
  // No room for what the smallest window can do without, such as a stub that the budget would hold.
  const counterBudgetTokens = situation.fixedTokens + kept.minTokens;
  return planAround({ ...situation, counterBudgetTokens }, kept, { reason, freeTokens: 0 });
}

/** Where results of entries that stay are shortened, other entries fill at most this share of the free room. */
const maxOthersShare = 0.5;

/**
 * Plans a deep edit around what stays. Results that must be shortened then fill the room up to the budget: they are at the window's
 * end, so a later edit of them rewrites little.
 */
function planAround(
  situation: Situation,
  kept: Kept,
  { reason, freeTokens }: { readonly reason: EditReason; readonly freeTokens: number },
): Plan {
  const { protectedSeqs, results, floorTokens } = kept;
  const whole = { ...situation, protectedSeqs };
  const keptTokens = sumTokensOf(situation.items, protectedSeqs);
  const share = results.length > 0 ? Math.min(situation.lowWater, maxOthersShare) : situation.lowWater;
  const targetTokens = Math.floor(freeTokens * share);
  let plan = planOthers(whole, { reason, keptTokens, freeTokens, targetTokens });
  if (results.length > 0) {
    const resultTokens = results.reduce((sum, result) => sum + result.tokens, 0);
    const others = sumTokens(plan.items) - keptTokens;
    const roomTokens = kept.minTokens + freeTokens - (keptTokens - resultTokens) - others;
    const changes = shortenResults(results, { roomTokens, floorTokens }, situation);
    plan = addDraft(plan, draftParts("clear-results", reason, changes, "shortened"));
  }
  return addDraft(plan, keepOpening(situation, plan.items, reason));
}

/** Plans the edits of the entries that need not stay. */
function planOthers(
  situation: Situation,
  how: {
    readonly reason: EditReason;
    readonly keptTokens: number;
    readonly freeTokens: number;
    readonly targetTokens: number;
  },
): Plan {
  const { reason, keptTokens, freeTokens, targetTokens } = how;
  const factUses = collectFactUses(situation.entries, situation.factsOfEntry);
  let plan = planLossless(situation, reason);
  const excess = (): number => sumTokens(plan.items) - keptTokens - targetTokens;
  if (excess() > 0) {
    const images = findOldImages({ ...situation, items: plan.items }, true);
    plan = addDraft(plan, draftParts("clear-images", reason, images));
  }
  const excessTokens = excess();
  if (excessTokens > 0) {
    const left = { ...situation, items: plan.items };
    plan = addDraft(plan, draftParts("clear-results", reason, clearResults(left, factUses, excessTokens)));
  }
  if (excess() <= 0 && !lacksStub(situation)) return plan;
  const left = { ...situation, items: plan.items };
  return addDraft(plan, evictExchanges(left, { factUses, freeTokens, targetTokens, reason }));
}

/** Returns true when entries were evicted without room for a stub, and still have none. */
export function lacksStub(situation: Situation): boolean {
  const entries = situation.items.filter((item) => item.type === "entry").length;
  return entries < situation.entries.length && !situation.items.some((item) => item.type === "stub");
}
