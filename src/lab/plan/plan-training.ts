import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../shared/options.ts";
import type { OptimizerName } from "../graph/optimizer.ts";
import { readOptimizer } from "../graph/optimizer.ts";
import { workOf } from "../graph/work.ts";
import type { Network } from "../network/layer.ts";
import type { CompileOptions, Program } from "../compile.ts";
import { compile } from "../compile.ts";
import { layerCosts, recomputeChoices } from "./recompute-choices.ts";
import { narrower, shallower } from "./variants.ts";

/** What a measure changes: nothing of the result, the time, or the training itself. */
export type MeasureKind = "keeps the result" | "costs time" | "changes the training";

/** One measure of a plan, with what it saves beside what was before it. */
export interface Measure {
  readonly name: string;
  readonly kind: MeasureKind;
  /** Bytes of the arena before it and after it. */
  readonly beforeBytes: number;
  readonly afterBytes: number;
  /** Share of the step's floating-point operations that it adds. */
  readonly addedWork: number;
  readonly cost: string;
}

/** A way to train under a budget. */
export interface TrainingPlan {
  readonly budgetBytes: number;
  /** The program as it was asked for, with updates at the end of the step. */
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
/** Shares of their width that inner layers are tried at. */
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

/** The largest divisor of a batch, below it, whose arena fits; 1 where none does. The arena is a line over the micro-batch. */
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

/** The same training with gradients used as soon as they are there, then with the batch in parts. */
function* keepingTheResult({ network, options, budgetBytes, start }: Search): Generator<Candidate> {
  const { batch } = start.program;
  const direct = compile(network, { ...options, updates: "direct", microBatch: batch });
  const within = compareMeasure(
    {
      name: "update within the backward pass",
      kind: "keeps the result",
      cost: "none: a gradient lives only until it is used",
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
      cost: "the same update within rounding; smaller products run somewhat slower",
    },
    start.program,
    program,
  );
  yield { program, measures: [...start.measures, part] };
}

/** More ways to recompute than this are too alike to be worth a plan each. */
const maxRecomputeChoices = 6;

/** Some of a list, spread evenly, its first and last among them. */
function spread<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from(
    { length: most },
    (_, index) => list[Math.round((index * (list.length - 1)) / (most - 1))],
  ).filter((each) => each !== undefined);
}

/** Each way of the kind before, with activations computed again; the least work first. */
function* costingTime(search: Search): Generator<Candidate> {
  const { network, options, budgetBytes, start } = search;
  const costs = layerCosts(start.program.graph, network.layers.length);
  const choices = recomputeChoices(costs).filter((choice) => choice.work > 0);
  const bases = choices.length === 0 ? [] : [...keepingTheResult(search)];
  for (const choice of spread(choices, maxRecomputeChoices)) {
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
          cost: "activations between them are computed a second time on the way back",
        },
        base.program,
        program,
      );
      const parts = isWhole ? "" : ` in micro-batches of ${microBatch}`;
      yield { program, measures: [...base.measures.slice(0, -1), ...named(base, parts, microBatch), again] };
    }
  }
}

/** The measure before, with the micro-batch that recomputation has left room for. */
function named(base: Candidate, parts: string, microBatch: number): readonly Measure[] {
  const last = base.measures.at(-1);
  if (last === undefined || parts === "") return last === undefined ? [] : [last];
  const times = base.program.batch / microBatch;
  return [{ ...last, name: `micro-batches of ${microBatch}, gradients added up over ${times}` }];
}

/** All ways that leave network, optimizer and batch as they are. */
function* sameTraining(search: Search): Generator<Candidate> {
  yield search.start;
  yield* keepingTheResult(search);
  yield* costingTime(search);
}

/** Of the networks with one layer less, those that lose least are tried. */
const maxShallower = 4;

interface Change {
  readonly network: Network;
  readonly options: CompileOptions;
  readonly name: string;
  readonly cost: string;
}

/** Which of the leaner optimizers come after one: those that keep less. */
function optimizersAfter(options: CompileOptions): readonly OptimizerName[] {
  if (options.optimizer === "none") return [];
  const { name } = readOptimizer(options.optimizer ?? "adam");
  const alike = name === "adamw" ? "adam" : name === "momentum" ? "lion" : name;
  return leanerOptimizers.slice(leanerOptimizers.indexOf(alike) + 1);
}

function* optimizerChanges(network: Network, options: CompileOptions): Generator<Change> {
  for (const name of optimizersAfter(options)) {
    const cost = "another optimizer: its learning rate must be chosen anew";
    yield { network, options: { ...options, optimizer: name }, name: `optimizer ${name}`, cost };
  }
}

/** Smaller batches, then narrower, then shallower networks. */
function* sizeChanges(network: Network, options: CompileOptions): Generator<Change> {
  for (let batch = Math.floor((options.batch ?? 32) / 2); batch >= 1; batch = Math.floor(batch / 2)) {
    const cost = "more steps an epoch, noisier gradients";
    yield { network, options: { ...options, batch, microBatch: batch }, name: `batch ${batch}`, cost };
  }
  for (const share of shares) {
    const variant = narrower(network, share);
    if (variant === undefined) continue;
    yield { ...variant, options, name: variant.what, cost: "a smaller network: measure its accuracy" };
  }
  for (const variant of shallower(network).slice(0, maxShallower)) {
    yield { ...variant, options, name: variant.what, cost: "a shallower network: measure its accuracy" };
  }
}

function plainCandidate(network: Network, options: CompileOptions): Candidate {
  const batch = options.batch ?? 32;
  const updates = options.optimizer === "none" ? {} : { updates: "after" as const };
  return { program: compile(network, { ...options, microBatch: batch, ...updates }), measures: [] };
}

/** A search with a change made to its training. */
function changed(search: Search, change: Change): Search {
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

/** Trainings that differ by one change. */
function* changedOnce(search: Search): Generator<Search> {
  for (const change of optimizerChanges(search.network, search.options)) yield changed(search, change);
  for (const change of sizeChanges(search.network, search.options)) yield changed(search, change);
}

/** Trainings with another size and another optimizer. */
function* changedTwice(search: Search): Generator<Search> {
  for (const change of sizeChanges(search.network, search.options)) {
    const other = changed(search, change);
    for (const second of optimizerChanges(other.network, other.options)) yield changed(other, second);
  }
}

/** How many times the lightest training so far is changed once more before the search gives up. */
const maxRounds = 5;

/** What a search came to: the first that fits, or else the lightest there is. */
interface Found {
  readonly fits: Candidate | undefined;
  readonly lightest: Candidate;
  /** The search that the lightest belongs to. */
  readonly from: Search;
}

function tryAll(searches: Iterable<Search>, before: Found): Found {
  let { lightest, from } = before;
  for (const search of searches) {
    for (const candidate of sameTraining(search)) {
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
  const stages = [[search], changedOnce(search), changedTwice(search)];
  for (const searches of stages) {
    found = tryAll(searches, found);
    if (found.fits !== undefined) return found;
  }
  for (let round = 0; round < maxRounds; round++) {
    const next = tryAll(changedOnce(found.from), found);
    if (next.fits !== undefined || next.lightest === found.lightest) return next;
    found = next;
  }
  return found;
}

/**
 * Finds how to train a network in `budgetBytes`: first with measures that keep the result, then with those that cost time, then
 * with those that change the training, the least change first.
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
      `budget: got ${budgetBytes} bytes, allowed: at least ${lightest.program.peakBytes}, ${missing} more; ` +
        `that is with ${lightest.measures.map((each) => each.name).join("; ")}`,
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
