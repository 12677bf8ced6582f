import type { ByteLedger } from "../ledger/byte-ledger.ts";
import { compareCosts, beats, type Cost } from "./cost.ts";
import type { Choice, Level, Lever, Need, PlanningEngine } from "./lever.ts";

/** A state that fits, with what was done to get there. */
export interface Found<State> {
  readonly state: State;
  readonly choices: readonly Choice[];
  readonly cost: Cost;
  readonly ledger: ByteLedger;
  readonly needs: readonly Need[];
}

interface Candidate<State> {
  readonly state: State;
  readonly choices: readonly Choice[];
  readonly cost: Cost;
}

/** Levels that are the same in cost but do more are tried later: fewer measures first. */
function order<State>(a: Candidate<State>, b: Candidate<State>): number {
  return compareCosts(a.cost, b.cost) || a.choices.length - b.choices.length;
}

function withLevel<State>(
  candidate: Candidate<State>,
  measure: Choice["measure"],
  level: Level<State>,
  seconds: (state: State) => number,
): Candidate<State> | undefined {
  const state = level.change(candidate.state);
  if (state === undefined) return undefined;
  const risk = level.risk ?? 0;
  const task = level.task ?? 0;
  return {
    state,
    choices: [...candidate.choices, { measure, label: level.label, price: level.price, risk, task }],
    cost: {
      task: candidate.cost.task + task,
      risk: candidate.cost.risk + risk,
      seconds: seconds(state),
    },
  };
}

/** A candidate with each level of a lever, and without it; a measure that costs nothing is always taken. */
function branches<State>(
  engine: PlanningEngine<State>,
  lever: Lever<State>,
  candidate: Candidate<State>,
): readonly Candidate<State>[] {
  const changed = lever.levels.flatMap(
    (level) => withLevel(candidate, lever.measure, level, engine.seconds) ?? [],
  );
  const isFree = lever.levels.every((level) => level.price === "nothing");
  if (isFree && changed.length > 0) return changed.slice(-1);
  changed.unshift(candidate);
  return changed;
}

/** All combinations of levels. Free measures are taken always: they cost nothing and never make anything larger. */
export function allCandidates<State>(engine: PlanningEngine<State>): readonly Candidate<State>[] {
  const start: Candidate<State> = {
    state: engine.start,
    choices: [],
    cost: { task: 0, risk: 0, seconds: engine.seconds(engine.start) },
  };
  let candidates: readonly Candidate<State>[] = [start];
  for (const lever of engine.levers) {
    const next: Candidate<State>[] = [];
    for (const candidate of candidates)
      for (const each of branches(engine, lever, candidate)) next.push(each);
    candidates = next;
  }
  return candidates;
}

function overBudget(needs: readonly Need[]): boolean {
  return needs.some((need) => need.bytes > need.budgetBytes);
}

/** Most steps of moving something away that one candidate is given. */
const mostShrinks = 12;

/** Takes back what was moved away too much, and tells the time of what is left. */
function grown<State>(engine: PlanningEngine<State>, found: Found<State>): Found<State> {
  let { state, ledger, needs } = found;
  for (let step = 0; step < mostShrinks; step += 1) {
    const larger = engine.grow?.(state);
    if (larger === undefined) break;
    const next = engine.ledger(larger);
    const wanted = engine.needs(next);
    if (overBudget(wanted)) break;
    state = larger;
    ledger = next;
    needs = wanted;
  }
  return { ...found, state, ledger, needs, cost: { ...found.cost, seconds: engine.seconds(state) } };
}

function fitted<State>(engine: PlanningEngine<State>, candidate: Candidate<State>): Found<State> | undefined {
  let state = candidate.state;
  for (let step = 0; step <= mostShrinks; step += 1) {
    const ledger = engine.ledger(state);
    const needs = engine.needs(ledger);
    if (!overBudget(needs)) return grown(engine, { ...candidate, state, ledger, needs });
    const smaller = engine.shrink?.(state);
    if (smaller === undefined) return undefined;
    state = smaller;
  }
  return undefined;
}

/**
 * The plans that fit and are not beaten: none other is as cheap in the task, in quality and in time. Cheapest first. Each
 * candidate is looked at in the order of its cost, and skipped where a plan that fits already beats it; what remains is
 * summed up line by line, so that no plan is ever over its budget.
 */
export function searchPlans<State>(engine: PlanningEngine<State>): readonly Found<State>[] {
  const front: Found<State>[] = [];
  for (const candidate of [...allCandidates(engine)].sort(order)) {
    if (front.some((found) => beats(found.cost, candidate.cost))) continue;
    if (!engine.mayFit(candidate.state)) continue;
    const found = fitted(engine, candidate);
    if (found !== undefined && !front.some((other) => beats(other.cost, found.cost))) front.push(found);
  }
  return front.toSorted((a, b) => compareCosts(a.cost, b.cost));
}
