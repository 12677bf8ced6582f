import type { ByteLedger } from "../../ledger/byte-ledger.ts";
import { beats, compareCosts } from "../cost/cost.ts";
import type { Cost } from "../cost/cost.ts";
import type { TakenMeasure } from "./measure.ts";
import { isOverBudget, maxShrinks } from "./plan-adapter.ts";
import type { Need, PlanAdapter } from "./plan-adapter.ts";

/** A state that fits, with the measures taken to get there. */
export interface FoundPlan<State> {
  readonly state: State;
  readonly taken: readonly TakenMeasure<State>[];
  readonly cost: Cost;
  readonly ledger: ByteLedger;
  readonly needs: readonly Need[];
}

/** A state with the measure taken last; there are tens of thousands, so each points to the one before. */
interface Candidate<State> {
  readonly state: State;
  readonly cost: Cost;
  readonly last: TakenMeasure<State> | undefined;
  readonly before: Candidate<State> | undefined;
  readonly measures: number;
}

/** Lists the measures of a candidate in the order in which they were taken. */
function measuresOf<State>(candidate: Candidate<State>): readonly TakenMeasure<State>[] {
  const taken: TakenMeasure<State>[] = [];
  for (let at: Candidate<State> | undefined = candidate; at !== undefined; at = at.before)
    if (at.last !== undefined) taken.unshift(at.last);
  return taken;
}

/** Orders candidates by cost; of two that cost the same, the one with fewer measures comes first. */
function compareCandidates<State>(a: Candidate<State>, b: Candidate<State>): number {
  return compareCosts(a.cost, b.cost) || a.measures - b.measures;
}

/** Rounds seconds: the same work summed in another order must not order plans. */
function roundSeconds(seconds: number): number {
  return Math.fround(seconds);
}

/** Adds a candidate with each level of one measure, and one without it; a measure that costs nothing is always taken. */
function addBranches<State>(
  adapter: PlanAdapter<State>,
  steps: readonly TakenMeasure<State>[],
  before: Candidate<State>,
  to: Candidate<State>[],
): void {
  const isFree = steps.every(({ level }) => level.price === "nothing");
  let free: Candidate<State> = before;
  if (!isFree) to.push(before);
  for (const last of steps) {
    const { level } = last;
    const state = level.change(before.state);
    if (state === undefined) continue;
    const cost = {
      task: before.cost.task + (level.task ?? 0),
      risk: before.cost.risk + (level.risk ?? 0),
      seconds: roundSeconds(adapter.seconds(state)),
    };
    free = { state, last, before, measures: before.measures + 1, cost };
    if (!isFree) to.push(free);
  }
  if (isFree) to.push(free);
}

/** Lists all combinations of levels. Free measures are always taken: they cost nothing and never add bytes. */
export function allCandidates<State>(adapter: PlanAdapter<State>): readonly Candidate<State>[] {
  const start: Candidate<State> = {
    state: adapter.start,
    last: undefined,
    before: undefined,
    measures: 0,
    cost: { task: 0, risk: 0, seconds: roundSeconds(adapter.seconds(adapter.start)) },
  };
  let candidates: readonly Candidate<State>[] = [start];
  for (const { name, levels } of adapter.measures) {
    const next: Candidate<State>[] = [];
    // One object per level: tens of thousands of candidates point to it
    const steps = levels.map((level) => ({ name, level }));
    for (const candidate of candidates) addBranches(adapter, steps, candidate, next);
    candidates = next;
  }
  return candidates;
}

/** Moves back what need not be on the host, and times the result. */
function growBack<State>(adapter: PlanAdapter<State>, found: FoundPlan<State>): FoundPlan<State> {
  let { state, ledger, needs } = found;
  for (let step = 0; step < maxShrinks; step++) {
    const larger = adapter.grow?.(state);
    if (larger === undefined) break;
    const nextLedger = adapter.ledger(larger);
    const nextNeeds = adapter.needs(nextLedger);
    if (isOverBudget(nextNeeds)) break;
    state = larger;
    ledger = nextLedger;
    needs = nextNeeds;
  }
  const seconds = roundSeconds(adapter.seconds(state));
  return { ...found, state, ledger, needs, cost: { ...found.cost, seconds } };
}

/** Shrinks a candidate until it fits; undefined where it does not. */
function fitCandidate<State>(
  adapter: PlanAdapter<State>,
  candidate: Candidate<State>,
): FoundPlan<State> | undefined {
  let state = candidate.state;
  for (let step = 0; step <= maxShrinks; step++) {
    const ledger = adapter.ledger(state);
    const needs = adapter.needs(ledger);
    if (!isOverBudget(needs))
      return growBack(adapter, { state, taken: measuresOf(candidate), cost: candidate.cost, ledger, needs });
    const smaller = adapter.shrink?.(state);
    if (smaller === undefined) return undefined;
    state = smaller;
  }
  return undefined;
}

/**
 * Returns the plans that fit and that no other plan beats in task, quality and time, cheapest first. Candidates are tried in
 * the order of their cost and skipped where a plan that fits already beats them. Each one left is counted item by item, so
 * that no plan is ever over its budget.
 */
export function searchPlans<State>(adapter: PlanAdapter<State>): readonly FoundPlan<State>[] {
  const front: FoundPlan<State>[] = [];
  for (const candidate of [...allCandidates(adapter)].sort(compareCandidates)) {
    if (front.some((found) => beats(found.cost, candidate.cost))) continue;
    if (!adapter.mayFit(candidate.state)) continue;
    const found = fitCandidate(adapter, candidate);
    if (found !== undefined && !front.some((other) => beats(other.cost, found.cost))) front.push(found);
  }
  return front.toSorted((a, b) => compareCosts(a.cost, b.cost));
}
