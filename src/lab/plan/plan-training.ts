import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { OptimizerName } from "../graph/optimizer.ts";
import { readOptimizer } from "../graph/optimizer.ts";
import { workOf } from "../graph/work.ts";
import type { Network } from "../network/layer.ts";
import type { CompileOptions, Program } from "../compile.ts";
import { compile } from "../compile.ts";
import { layerCosts, recomputeChoices } from "./recompute-choices.ts";
import { dropLayers, narrow } from "./variants.ts";

/** What a measure changes: only memory, the time as well, or the training itself. */
export type MeasureKind = "keeps the result" | "costs time" | "changes the training";

/** One measure of a plan, with the bytes before and after it. */
export interface Measure {
  readonly name: string;
  readonly kind: MeasureKind;
  /** Bytes of the arena without the measure and with it. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** Share of the step's floating-point operations that it adds. */
  readonly addedWork: number;
  readonly cost: string;
}

/** A program that trains under a budget, and the measures that made it fit. */
export interface TrainingPlan {
  readonly budgetBytes: number;
  /** Bytes of the arena without measures: the options as given, updates at the end of the step. */
  readonly plainBytes: number;
  readonly program: Program;
  readonly measures: readonly Measure[];
}

export interface TrainingPlanOptions extends CompileOptions {
  readonly budgetBytes: number;
}

interface Candidate {
  readonly program: Program;
  readonly measures: readonly Measure[];
}

/** Optimizers from the one with the most state to the one with none. */
const leanerOptimizers: readonly OptimizerName[] = ["adam", "lion", "adafactor", "sgd"];
/** Shares of their width to which inner layers are narrowed. */
const shares = [0.75, 0.5, 0.25, 0.125];

function stepWork(program: Program): number {
  return program.graph.step.reduce((sum, operation) => sum + workOf(operation), 0);
}

/** A measure before its bytes and work are known. */
type NamedMeasure = Pick<Measure, "name" | "kind" | "cost">;

function compareMeasure(named: NamedMeasure, before: Program, after: Program): Measure {
  return {
    name: named.name,
    kind: named.kind,
    beforeBytes: before.peakBytes,
    afterBytes: after.peakBytes,
    addedWork: stepWork(after) / stepWork(before) - 1,
    cost: named.cost,
  };
}

/** Returns the largest proper divisor of a batch whose arena fits, or 1: the arena is linear in the micro-batch. */
function largestMicroBatch(line: Program, batch: number, budgetBytes: number): number {
  for (let size = Math.floor(batch / 2); size > 1; size--) {
    if (batch % size === 0 && line.bytesFixed + size * line.bytesPerSample <= budgetBytes) return size;
  }
  return 1;
}

interface Search {
  readonly network: Network;
  readonly options: CompileOptions;
  readonly budgetBytes: number;
  readonly start: Candidate;
}

/** Proposes the same result with updates within the backward pass, then with the batch in micro-batches. */
function* proposeSameResult({ network, options, budgetBytes, start }: Search): Generator<Candidate> {
  const { batch } = start.program;
  const direct = compile(network, { ...options, updates: "direct", microBatch: batch });
  const within = compareMeasure(
    {
      name: "update within the backward pass",
      kind: "keeps the result",
      cost: "none: a gradient is kept only until its update",
    },
    start.program,
    direct,
  );
  yield { program: direct, measures: [...start.measures, within] };
  if (batch === 1) return;
  const line = compile(network, { ...options, updates: "after", microBatch: 1 });
  const microBatch = largestMicroBatch(line, batch, budgetBytes);
  const program = microBatch === 1 ? line : compile(network, { ...options, updates: "after", microBatch });
  const part = compareMeasure(
    {
      name: `micro-batches of ${microBatch}, gradients added up over ${batch / microBatch}`,
      kind: "keeps the result",
      cost: "the same update up to rounding; smaller products run somewhat slower",
    },
    start.program,
    program,
  );
  yield { program, measures: [...start.measures, part] };
}

/** More ways to recompute than this are too similar to be worth a plan each. */
const maxRecomputeChoices = 6;

/** Picks `max` items, spread evenly over the list, the first and the last included. */
function pickSpread<T>(list: readonly T[], max: number): readonly T[] {
  if (list.length <= max) return list;
  return Array.from(
    { length: max },
    (_, index) => list[Math.round((index * (list.length - 1)) / (max - 1))],
  ).filter((each) => each !== undefined);
}

/** Proposes the same with some activations computed again in the backward pass, the least work first. */
function* proposeRecompute(search: Search): Generator<Candidate> {
  const { network, options, budgetBytes, start } = search;
  const costs = layerCosts(start.program.graph, network.layers.length);
  const choices = recomputeChoices(costs).filter((choice) => choice.work > 0);
  const bases = choices.length === 0 ? [] : [...proposeSameResult(search)];
  for (const choice of pickSpread(choices, maxRecomputeChoices)) {
    for (const base of bases) {
      const { batch } = base.program;
      const updates = base.program.updates === "none" ? "after" : base.program.updates;
      const settings = { ...options, batch, updates, recompute: choice.keptLayers };
      const isWhole = base.program.microBatch === batch;
      const line = compile(network, { ...settings, microBatch: isWhole ? batch : 1 });
      const microBatch = isWhole ? batch : largestMicroBatch(line, batch, budgetBytes);
      const program = microBatch === line.microBatch ? line : compile(network, { ...settings, microBatch });
      const again = compareMeasure(
        {
          name: `recompute: keep the outputs of layers ${choice.keptLayers.join(", ")}`,
          kind: "costs time",
          cost: "the other activations are computed a second time in the backward pass",
        },
        base.program,
        program,
      );
      const parts = isWhole ? "" : ` in micro-batches of ${microBatch}`;
      yield {
        program,
        measures: [...base.measures.slice(0, -1), ...nameLast(base, parts, microBatch), again],
      };
    }
  }
}

/** Renames the last measure, the micro-batch, for the larger one that fits with recomputation. */
function nameLast(base: Candidate, parts: string, microBatch: number): readonly Measure[] {
  const last = base.measures.at(-1);
  if (last === undefined || parts === "") return last === undefined ? [] : [last];
  const times = base.program.batch / microBatch;
  return [{ ...last, name: `micro-batches of ${microBatch}, gradients added up over ${times}` }];
}

/** Proposes everything that leaves network, optimizer and batch unchanged. */
function* proposeSameTraining(search: Search): Generator<Candidate> {
  yield search.start;
  yield* proposeSameResult(search);
  yield* proposeRecompute(search);
}

/** How many networks with one layer less are tried, the smallest loss first. */
const maxDropped = 4;

interface Change {
  readonly network: Network;
  readonly options: CompileOptions;
  readonly name: string;
  readonly cost: string;
}

/** Lists the optimizers that keep less state than the given one. */
function leanerThan(options: CompileOptions): readonly OptimizerName[] {
  if (options.optimizer === "none") return [];
  const { name } = readOptimizer(options.optimizer ?? "adam");
  const alike = name === "adamw" ? "adam" : name === "momentum" ? "lion" : name;
  return leanerOptimizers.slice(leanerOptimizers.indexOf(alike) + 1);
}

function* listOptimizerChanges(network: Network, options: CompileOptions): Generator<Change> {
  for (const name of leanerThan(options)) {
    const cost = "another optimizer: tune its learning rate again";
    yield { network, options: { ...options, optimizer: name }, name: `optimizer ${name}`, cost };
  }
}

/** Lists smaller batches, then narrower, then shallower networks. */
function* listSizeChanges(network: Network, options: CompileOptions): Generator<Change> {
  for (let batch = Math.floor((options.batch ?? 32) / 2); batch >= 1; batch = Math.floor(batch / 2)) {
    const cost = "more steps per epoch, noisier gradients";
    yield { network, options: { ...options, batch, microBatch: batch }, name: `batch ${batch}`, cost };
  }
  for (const share of shares) {
    const variant = narrow(network, share);
    if (variant === undefined) continue;
    yield { ...variant, options, name: variant.change, cost: "a smaller network: measure its accuracy" };
  }
  for (const variant of dropLayers(network).slice(0, maxDropped)) {
    yield { ...variant, options, name: variant.change, cost: "a shallower network: measure its accuracy" };
  }
}

function plainCandidate(network: Network, options: CompileOptions): Candidate {
  const batch = options.batch ?? 32;
  const updates = options.optimizer === "none" ? {} : { updates: "after" as const };
  return { program: compile(network, { ...options, microBatch: batch, ...updates }), measures: [] };
}

/** Applies a change to the training of a search. */
function applyChange(search: Search, change: Change): Search {
  const plain = plainCandidate(change.network, change.options);
  const made = compareMeasure(
    { name: change.name, kind: "changes the training", cost: change.cost },
    search.start.program,
    plain.program,
  );
  return {
    ...search,
    network: change.network,
    options: change.options,
    start: { program: plain.program, measures: [...search.start.measures, made] },
  };
}

/** Applies each change alone. */
function* changeOnce(search: Search): Generator<Search> {
  for (const change of listOptimizerChanges(search.network, search.options))
    yield applyChange(search, change);
  for (const change of listSizeChanges(search.network, search.options)) yield applyChange(search, change);
}

/** Applies each change of size together with each change of optimizer. */
function* changeTwice(search: Search): Generator<Search> {
  for (const change of listSizeChanges(search.network, search.options)) {
    const other = applyChange(search, change);
    for (const second of listOptimizerChanges(other.network, other.options)) yield applyChange(other, second);
  }
}

/** Rounds of the search: each changes the lightest candidate so far once more. */
const maxRounds = 5;

/** Result of a search: the first candidate that fits, and the lightest one. */
interface Found {
  readonly fits: Candidate | undefined;
  readonly lightest: Candidate;
  /** The search that found the lightest. */
  readonly from: Search;
}

function tryAll(searches: Iterable<Search>, before: Found): Found {
  let { lightest, from } = before;
  for (const search of searches) {
    for (const candidate of proposeSameTraining(search)) {
      if (candidate.program.peakBytes < lightest.program.peakBytes) {
        lightest = candidate;
        from = search;
      }
      if (candidate.program.peakBytes <= search.budgetBytes) return { fits: candidate, lightest, from };
    }
  }
  return { fits: undefined, lightest, from };
}

function findFit(search: Search): Found {
  let found: Found = { fits: undefined, lightest: search.start, from: search };
  const stages = [[search], changeOnce(search), changeTwice(search)];
  for (const searches of stages) {
    found = tryAll(searches, found);
    if (found.fits !== undefined) return found;
  }
  for (let round = 0; round < maxRounds; round++) {
    const next = tryAll(changeOnce(found.from), found);
    if (next.fits !== undefined || next.lightest === found.lightest) return next;
    found = next;
  }
  return found;
}

/**
 * Plans how to train a network in `budgetBytes`. Tries measures that keep the result first, then those that cost time, then those
 * that change the training, the smallest change first.
 * Errors: `invalid-option`; `budget-too-small` with the bytes that are missing.
 */
export function planTraining(network: Network, options: TrainingPlanOptions): TrainingPlan {
  const { budgetBytes, ...rest } = options;
  requireKnownFields("options", rest, ["loss", "optimizer", "batch", "threads"]);
  requireInteger("budgetBytes", budgetBytes, 1);
  const start = plainCandidate(network, rest);
  const { fits, lightest } = findFit({ network, options: rest, budgetBytes, start });
  if (fits === undefined) {
    const missing = lightest.program.peakBytes - budgetBytes;
    throw new LoadlineError(
      "budget-too-small",
      `a budget of ${budgetBytes} bytes is too small to train this network: allow ${lightest.program.peakBytes}, ${missing} more. ` +
        `The smallest plan found: ${lightest.measures.map((each) => each.name).join("; ")}`,
      { details: { budgetBytes, smallestBytes: lightest.program.peakBytes, missingBytes: missing } },
    );
  }
  return {
    budgetBytes,
    plainBytes: start.program.peakBytes,
    program: fits.program,
    measures: fits.measures,
  };
}
