import { computeEditGain } from "../prices/economics.ts";
import { findOldImages } from "./clear-images.ts";
import { indexItemsBySeq } from "./draft.ts";
import type { PartChange } from "./draft.ts";
import { measures } from "./edit.ts";
import type { Measure } from "./edit.ts";
import { sumTokens } from "./layout.ts";
import { findOldReasoning, findRepeatedResults } from "./lossless.ts";
import { lacksStub, draftParts, planDeep } from "./plan-deep.ts";
import type { Plan } from "./plan-deep.ts";
import type { Situation } from "./situation.ts";

/** On a cold cache a window this full is edited deeply at once: the edit would soon be forced, and is free now. */
const coldEditShare = 0.85;
/** Room for which a missing stub is worth adding, in counter tokens. */
const minStubRoomTokens = 80;

/** Plans the edits to make now: forced, free on a cold cache, or paying. Often none. */
export function planEdits(situation: Situation): Plan {
  const load = situation.fixedTokens + sumTokens(situation.items);
  if (load > situation.counterBudgetTokens) return planDeep(situation, "forced");
  if (lacksStub(situation) && situation.counterBudgetTokens - load >= minStubRoomTokens)
    return planDeep(situation, "forced");
  if (situation.cache === "cold" && load > coldEditShare * situation.counterBudgetTokens)
    return planDeep(situation, "cold");
  return planPayingEdits(situation);
}

interface Candidate {
  readonly measure: Measure;
  readonly change: PartChange;
  readonly place: number;
}

/**
 * Plans the edits that pay and lose nothing still needed: all from some place in the window on, chosen for the largest gain. On a cold cache all of them
 * pay, because the prefix is rewritten anyway.
 */
function planPayingEdits(situation: Situation): Plan {
  const candidates = collectCandidates(situation);
  const chosen = chooseBestTail(candidates, situation);
  const reason = situation.cache === "cold" ? "cold" : "pays";
  const drafts = measures.flatMap((measure) => {
    const changes = chosen
      .filter((candidate) => candidate.measure === measure)
      .map((candidate) => candidate.change);
    const draft = draftParts(measure, reason, changes);
    return draft === undefined ? [] : [draft];
  });
  return { drafts, items: situation.items };
}

function collectCandidates(situation: Situation): readonly Candidate[] {
  const places = indexItemsBySeq(situation.items);
  const all: [Measure, readonly PartChange[]][] = [
    ...findRepeatedResults(situation),
    ["drop-reasoning", findOldReasoning(situation)],
    ["clear-images", findOldImages(situation, false)],
  ];
  return all
    .flatMap(([measure, changes]) =>
      changes.map((change) => ({ measure, change, place: places.get(change.target.seq) ?? 0 })),
    )
    .filter(({ change }) => !situation.exemptSeqs.has(change.target.seq))
    .sort((a, b) => b.place - a.place);
}

/** Returns the newest candidates with the largest gain. They come newest first; each further one frees more and rewrites more. */
function chooseBestTail(candidates: readonly Candidate[], situation: Situation): readonly Candidate[] {
  if (situation.cache === "cold") return candidates;
  const { items, cachedItems, expectedTurns, prices } = situation;
  let freedTokens = 0;
  let rewrittenTokens = 0;
  let from = cachedItems;
  let best = { gain: 0, count: 0 };
  for (const [index, { change, place }] of candidates.entries()) {
    freedTokens += change.freedTokens;
    while (from > place) {
      from--;
      rewrittenTokens += items[from]?.tokens ?? 0;
    }
    // What is freed is not written again.
    const rewritten = place < cachedItems ? Math.max(0, rewrittenTokens - freedTokens) : 0;
    const gain = computeEditGain({ freedTokens, rewrittenTokens: rewritten, expectedTurns }, prices);
    if (gain > best.gain) best = { gain, count: index + 1 };
  }
  return candidates.slice(0, best.count);
}
