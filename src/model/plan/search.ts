import type { ByteLedger } from "../ledger/byte-ledger.ts";
import { compareCosts, beats, type Cost } from "./cost.ts";
import { mostShrinks } from "./lever.ts";
import type { Choice, Level, Lever, Need, PlanningEngine } from "./lever.ts";

/** A state that fits, with what was done to get there. */
export interface Found<State> {
  readonly state: State;
  readonly choices: readonly Choice[];
  readonly cost: Cost;
  readonly ledger: ByteLedger;
  readonly needs: readonly Need[];
}

/** A state with what was done last to get there; there are tens of thousands, so each points to the one before. */
interface Candidate<State> {
  readonly state: State;
  readonly cost: Cost;
  readonly last: Choice | undefined;
  readonly before: Candidate<State> | undefined;
  readonly measures: number;
}

/** Measures of a candidate in the order in which they were taken. */
function choicesOf<State>(candidate: Candidate<State>): readonly Choice[] {
  const choices: Choice[] = [];
  for (let at: Candidate<State> | undefined = candidate; at !== undefined; at = at.before)
    if (at.last !== undefined) choices.unshift(at.last);
  return choices;
}

/** Levels that are the same in cost but do more are tried later: fewer measures first. */
function order<State>(a: Candidate<State>, b: Candidate<State>): number {
  return compareCosts(a.cost, b.cost) || a.measures - b.measures;
}

/** The same work in another order is the same time: what sums of fractions differ by must not order plans. */
function rounded(seconds: number): number {
  return Math.fround(seconds);
}

/** A level as a search takes it. */
interface Step<State> {
  readonly change: Level<State>["change"];
  readonly choice: Choice;
}

function stepsOf<State>(lever: Lever<State>): readonly Step<State>[] {
  const { measure } = lever;
  return lever.levels.map(({ label, price, risk = 0, task = 0, change }) => ({
    change,
    choice: { measure, label, price, risk, task },
  }));
}

/** Adds a candidate with each level of a lever, and without it; a measure that costs nothing is always taken. */
function addBranches<State>(
  engine: PlanningEngine<State>,
  steps: readonly Step<State>[],
  before: Candidate<State>,
  to: Candidate<State>[],
): void {
  const isFree = steps.every(({ choice }) => choice.price === "nothing");
  let free: Candidate<State> = before;
  if (!isFree) to.push(before);
  for (const { change, choice } of steps) {
    const state = change(before.state);
    if (state === undefined) continue;
    const cost = {
      task: before.cost.task + choice.task,
      risk: before.cost.risk + choice.risk,
      seconds: rounded(engine.seconds(state)),
    };
    free = { state, last: choice, before, measures: before.measures + 1, cost };
    if (!isFree) to.push(free);
  }
  if (isFree) to.push(free);
}

/** All combinations of levels. Free measures are taken always: they cost nothing and never make anything larger. */
export function allCandidates<State>(engine: PlanningEngine<State>): readonly Candidate<State>[] {
  const start: Candidate<State> = {
    state: engine.start,
    last: undefined,
    before: undefined,
    measures: 0,
    cost: { task: 0, risk: 0, seconds: rounded(engine.seconds(engine.start)) },
  };
  let candidates: readonly Candidate<State>[] = [start];
  for (const lever of engine.levers) {
    const next: Candidate<State>[] = [];
    const steps = stepsOf(lever);
    for (const candidate of candidates) addBranches(engine, steps, candidate, next);
    candidates = next;
  }
  return candidates;
}

function overBudget(needs: readonly Need[]): boolean {
  return needs.some((need) => need.bytes > need.budgetBytes);
}

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
  return { ...found, state, ledger, needs, cost: { ...found.cost, seconds: rounded(engine.seconds(state)) } };
}

function fitted<State>(engine: PlanningEngine<State>, candidate: Candidate<State>): Found<State> | undefined {
  let state = candidate.state;
  for (let step = 0; step <= mostShrinks; step += 1) {
    const ledger = engine.ledger(state);
    const needs = engine.needs(ledger);
    if (!overBudget(needs))
      return grown(engine, { state, choices: choicesOf(candidate), cost: candidate.cost, ledger, needs });
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
