import { clearResults } from "./clear-results.ts";
import type { EditDraft, PartChange } from "./draft.ts";
import type { EditReason, Measure } from "./edit.ts";
import { evictExchanges } from "./evict.ts";
import { factStandings } from "./fact-standing.ts";
import { applyEdit, itemTokens } from "./layout.ts";
import type { Item } from "./layout.ts";
import { oldReasoning, repeatedResults } from "./lossless.ts";
import type { Situation } from "./situation.ts";

/** What a plan would leave: its edits, and the window's items after them. */
export interface Plan {
  readonly drafts: readonly EditDraft[];
  readonly items: readonly Item[];
}

const reasons: Readonly<Record<EditReason, string>> = {
  forced: "the window was over its budget",
  cold: "the cache was cold, so the prefix is written anew anyway",
  pays: "it saves more than it costs to write the rest anew",
  asked: "it was asked for",
};

/** An edit of parts, in words. */
export function partsDraft(
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
      ? "tool result became a pointer to that of a newer call"
      : "tool results became pointers to those of newer calls",
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

function add(plan: Plan, draft: EditDraft | undefined): Plan {
  if (draft === undefined) return plan;
  const edit = { ...draft, number: -plan.drafts.length - 1, time: 0, freedTokens: 0, rewrittenTokens: 0 };
  return { drafts: [...plan.drafts, draft], items: applyEdit(plan.items, edit) };
}

/** The measures that lose nothing that is not still in view: duplicates, superseded results, old reasoning. */
export function planLossless(situation: Situation, reason: EditReason): Plan {
  let plan: Plan = { drafts: [], items: situation.items };
  for (const [measure, changes] of repeatedResults(situation))
    plan = add(plan, partsDraft(measure, reason, changes));
  return add(plan, partsDraft("drop-reasoning", reason, oldReasoning(situation)));
}

/** Tokens of the items that must stay. */
export function protectedTokens(situation: Situation): number {
  return itemTokens(
    situation.items.filter((item) => item.type === "entry" && situation.protectedSeqs.has(item.seq)),
  );
}

/**
 * One deep edit, down to the low-water mark, so that the next one is far away: first what loses nothing, then large old tool
 * results, then whole exchanges. What must stay may still be over the budget: then it is all that is left.
 */
export function planDeep(situation: Situation, reason: EditReason): Plan {
  const kept = protectedTokens(situation);
  const free = Math.max(0, situation.counterBudgetTokens - situation.fixedTokens - kept);
  const target = Math.floor(free * situation.lowWater);
  const standings = factStandings(situation.entries, situation.factsOfEntry);
  let plan = planLossless(situation, reason);
  const tooMuch = itemTokens(plan.items) - kept - target;
  if (tooMuch > 0) {
    const left = { ...situation, items: plan.items };
    plan = add(plan, partsDraft("clear-results", reason, clearResults(left, standings, tooMuch)));
  }
  if (itemTokens(plan.items) <= kept + target && !lacksStub(situation)) return plan;
  return add(plan, evictExchanges({ ...situation, items: plan.items }, standings, { free, target }, reason));
}

/** True when entries left at a time when there was no room even for a stub, and none stands for them yet. */
export function lacksStub(situation: Situation): boolean {
  const entries = situation.items.filter((item) => item.type === "entry").length;
  return entries < situation.entries.length && !situation.items.some((item) => item.type === "stub");
}
