import { editGain } from "../prices/economics.ts";
import { placesOf } from "./draft.ts";
import type { PartChange } from "./draft.ts";
import { measures } from "./edit.ts";
import type { Measure } from "./edit.ts";
import { itemTokens } from "./layout.ts";
import { oldReasoning, repeatedResults } from "./lossless.ts";
import { lacksStub, partsDraft, planDeep } from "./plan-deep.ts";
import type { Plan } from "./plan-deep.ts";
import type { Situation } from "./situation.ts";

/** On a cold cache a window this full is edited deeply at once: the edit would be forced soon, and is free now. */
const coldShare = 0.85;
/** Room that a stub needs to be worth making afterwards. */
const stubRoom = 80;

/** The edits to make now, by the rules of the economics: forced, free, or paying. Often none. */
export function planEdits(situation: Situation): Plan {
  const load = situation.fixedTokens + itemTokens(situation.items);
  if (load > situation.counterBudgetTokens) return planDeep(situation, "forced");
  if (lacksStub(situation) && situation.counterBudgetTokens - load >= stubRoom)
    return planDeep(situation, "forced");
  if (situation.cache === "cold" && load > coldShare * situation.counterBudgetTokens)
    return planDeep(situation, "cold");
  return payingEdits(situation);
}

interface Candidate {
  readonly measure: Measure;
  readonly change: PartChange;
  readonly place: number;
}

/**
 * Of the edits that lose nothing, those that gain: all from some place in the window on, the place chosen so that the
 * gain is largest. On a cold cache nothing is rewritten that would not be anyway, so all of them do.
 */
function payingEdits(situation: Situation): Plan {
  const candidates = candidatesOf(situation);
  const chosen = bestTail(candidates, situation);
  const reason = situation.cache === "cold" ? "cold" : "pays";
  const drafts = measures.flatMap((measure) => {
    const changes = chosen
      .filter((candidate) => candidate.measure === measure)
      .map((candidate) => candidate.change);
    const draft = partsDraft(measure, reason, changes);
    return draft === undefined ? [] : [draft];
  });
  return { drafts, items: situation.items };
}

function candidatesOf(situation: Situation): readonly Candidate[] {
  const places = placesOf(situation.items);
  const all: [Measure, readonly PartChange[]][] = [
    ...repeatedResults(situation),
    ["drop-reasoning", oldReasoning(situation)],
  ];
  return all
    .flatMap(([measure, changes]) =>
      changes.map((change) => ({ measure, change, place: places.get(change.target.seq) ?? 0 })),
    )
    .filter(({ change }) => !situation.exemptSeqs.has(change.target.seq))
    .sort((a, b) => b.place - a.place);
}

/** Candidates come newest first; each further one frees more and rewrites more. */
function bestTail(candidates: readonly Candidate[], situation: Situation): readonly Candidate[] {
  if (situation.cache === "cold") return candidates;
  const { items, cachedItems, expectedTurns, prices } = situation;
  let freedTokens = 0;
  let rewrittenTokens = 0;
  let from = cachedItems;
  let best = { gain: 0, count: 0 };
  for (const [index, { change, place }] of candidates.entries()) {
    freedTokens += change.freedTokens;
    while (from > place) {
      from -= 1;
      rewrittenTokens += items[from]?.tokens ?? 0;
    }
    // What is freed is not written again.
    const rewritten = place < cachedItems ? Math.max(0, rewrittenTokens - freedTokens) : 0;
    const gain = editGain({ freedTokens, rewrittenTokens: rewritten, expectedTurns }, prices);
    if (gain > best.gain) best = { gain, count: index + 1 };
  }
  return candidates.slice(0, best.count);
}
