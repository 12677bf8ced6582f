import { clearResults } from "./clear-results.ts";
import type { EditDraft, PartChange } from "./draft.ts";
import type { EditReason, Measure } from "./edit.ts";
import { evictExchanges } from "./evict.ts";
import { collectFactUses } from "./fact-use.ts";
import { applyEdit, sumTokens } from "./layout.ts";
import type { Item } from "./layout.ts";
import { findOldReasoning, findRepeatedResults } from "./lossless.ts";
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
    "clear-results": one ? "large old tool result became a digest" : "large old tool results became digests",
  };
  return {
    measure,
    reason,
    why: `${changes.length} ${what[measure] ?? measure}, ${freed} tokens: ${reasons[reason]}`,
    targets: changes.map((change) => change.target),
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

/** Sums the tokens of protected items. */
export function sumProtectedTokens(situation: Situation): number {
  return sumTokens(
    situation.items.filter((item) => item.type === "entry" && situation.protectedSeqs.has(item.seq)),
  );
}

/**
 * Plans one deep edit, down to the low-water mark, so that the next one is far away: lossless measures first, then large old tool
 * results, then entire exchanges. If protected items alone exceed the budget, only they are left.
 */
export function planDeep(situation: Situation, reason: EditReason): Plan {
  const kept = sumProtectedTokens(situation);
  const freeTokens = Math.max(0, situation.counterBudgetTokens - situation.fixedTokens - kept);
  const targetTokens = Math.floor(freeTokens * situation.lowWater);
  const factUses = collectFactUses(situation.entries, situation.factsOfEntry);
  let plan = planLossless(situation, reason);
  const excessTokens = sumTokens(plan.items) - kept - targetTokens;
  if (excessTokens > 0) {
    const left = { ...situation, items: plan.items };
    plan = addDraft(plan, draftParts("clear-results", reason, clearResults(left, factUses, excessTokens)));
  }
  if (sumTokens(plan.items) <= kept + targetTokens && !lacksStub(situation)) return plan;
  const left = { ...situation, items: plan.items };
  return addDraft(plan, evictExchanges(left, { factUses, freeTokens, targetTokens, reason }));
}

/** Returns true when entries were evicted without room for a stub, and still have none. */
export function lacksStub(situation: Situation): boolean {
  const entries = situation.items.filter((item) => item.type === "entry").length;
  return entries < situation.entries.length && !situation.items.some((item) => item.type === "stub");
}
