import { LoadlineError } from "../../shared/errors.ts";
import { requireInteger, requireKnownFields, requireNumber } from "../../shared/options.ts";
import type { Batch, BatchSource, BatchView } from "../data/batch-source.ts";
import { control } from "../kernels/control.ts";
import type { KernelModule } from "../kernels/load-kernels.ts";
import { loadKernels } from "../kernels/load-kernels.ts";
import type { Arena } from "./arena.ts";
import { createArena } from "./arena.ts";
import type { Program } from "../compile.ts";
import { initializeParameters } from "./initialize.ts";
import { mixSeed } from "../random.ts";
import { writeRates } from "./step-rates.ts";

/** Sums over samples, which steps and evaluations add to. */
export interface Sums {
  loss: number;
  /** Right answers, one per row at most; stays 0 if the loss has none. */
  right: number;
  samples: number;
}

/** A program with its arena: parameters, optimizer state and room for one step. Steps allocate nothing. */
export interface Trainer {
  readonly program: Program;
  readonly kernels: KernelModule["variant"];
  /** The entire arena, of `program.peakBytes` bytes. */
  readonly arena: Uint8Array;
  /**
   * Measures the peak: bytes from the start of the memory to the last one ever written. It equals the plan; a write beyond the
   * arena's end would show.
   */
  readonly measureUsedBytes: () => number;
  /** Updates made so far. */
  readonly steps: () => number;
  /** Returns a view of a parameter, state or kept gradient by its tensor's id. */
  readonly viewOf: (tensor: number) => Float32Array;
  /** Makes one update from at most `program.batch` samples; their losses are added to `sums`. */
  readonly step: (source: BatchSource, batch: Batch, sums: Sums) => void;
  /** Adds loss and right answers of any number of samples to `sums`, without learning from them. */
  readonly evaluate: (source: BatchSource, batch: Batch, sums: Sums) => void;
  /** Computes outputs for at most a micro-batch of inputs in `inputView`: probabilities if the loss includes their activation. */
  readonly predict: (size: number) => Float32Array;
  /** Inputs of a micro-batch in the arena. */
  readonly inputView: BatchView;
  /** Changes the learning rate from the next step on. */
  readonly setLearningRate: (rate: number) => void;
  /** Sets the number of updates made, after their results were restored. */
  readonly setSteps: (steps: number) => void;
  /** Stops the threads. */
  readonly close: () => Promise<void>;
}

export interface TrainerOptions {
  /** Determines all randomness: initial values and dropout. Default 1. */
  readonly seed?: number;
  /** Default: the best variant that runs here. */
  readonly kernels?: KernelModule;
}

/** A batch that is overwritten for each micro-batch, so that a step allocates nothing. */
type MicroBatch = { -readonly [Field in keyof Batch]: Batch[Field] };

interface State {
  readonly program: Program;
  readonly arena: Arena;
  readonly seed: number;
  readonly input: BatchView;
  readonly target: BatchView;
  readonly losses: Float32Array;
  readonly hits: Float32Array;
  /** Rows of the embedding of the input's tokens; 0 if the input is not tokens. */
  readonly tokens: number;
  /** Number of classes; 0 if the targets are not labels. */
  readonly classes: number;
  readonly micro: MicroBatch;
  /** The source whose shapes were checked last. */
  checked: BatchSource | undefined;
  rate: number;
  steps: number;
}

function requireFits(program: Program, source: BatchSource): void {
  const { input, layers } = program.network;
  const wanted = [
    { what: "input", got: source.input, shape: input.shape, type: input.type ?? "float32" },
    { what: "target", got: source.target, ...program.graph.targetShape },
  ];
  for (const { what, got, shape, type } of wanted) {
    // A single output may have the shape [] or [1].
    const same = got.shape.join() === shape.join() || [...got.shape, 1].join() === shape.join();
    if (got.type === type && same) continue;
    throw new LoadlineError(
      "invalid-option",
      `${what} of the data: got [${got.shape.join(", ")}] of ${got.type}, allowed: [${shape.join(", ")}] of ${type}, ` +
        `as the network of ${layers.length} layers takes with the loss ${program.loss}`,
    );
  }
}

/** Refuses a token or label out of range: the kernels would read another token's row and ignore the label. */
function requireBelow(
  view: Int32Array,
  rows: number,
  { what, min, limit }: { readonly what: string; readonly min: number; readonly limit: number },
): void {
  for (let at = 0; at < rows; at++) {
    const value = view[at] ?? 0;
    if (value >= min && value < limit) continue;
    throw new LoadlineError(
      "invalid-data",
      `${what} ${at} of a batch: got ${value}, allowed: ${min} to ${limit - 1}`,
      {
        details: { what, at, got: value },
      },
    );
  }
}

/** Loads the micro-batch that begins `done` samples into a batch; returns its number of samples. */
function load(state: State, source: BatchSource, batch: Batch, done: number): number {
  if (state.checked !== source) {
    requireFits(state.program, source);
    state.checked = source;
  }
  const { input, target, tokens, classes, micro } = state;
  const size = Math.min(state.program.microBatch, batch.size - done);
  micro.order = batch.order;
  micro.from = batch.from + done;
  micro.size = size;
  micro.epoch = batch.epoch;
  state.arena.words.setUint32(control.samples, size, true);
  source.writeBatch(micro, input, target);
  if (tokens > 0)
    requireBelow(input.int32, (input.int32.length / state.program.microBatch) * size, {
      what: "token",
      min: 0,
      limit: tokens,
    });
  // A label of -1 is ignored by the loss.
  if (classes > 0)
    requireBelow(target.int32, (target.int32.length / state.program.microBatch) * size, {
      what: "label",
      min: -1,
      limit: classes,
    });
  return size;
}

function addSums(state: State, size: number, sums: Sums): void {
  // Local sums, because writing a fraction to an object's field allocates a number each time.
  let { loss, right } = sums;
  for (let sample = 0; sample < size; sample++) {
    loss += state.losses[sample] ?? 0;
    right += state.hits[sample] ?? 0;
  }
  sums.loss = loss;
  sums.right = right;
  sums.samples += size;
}

function makeStep(state: State): Trainer["step"] {
  const { program, arena } = state;
  const { graph, microBatch, optimizer } = program;
  const { words } = arena;
  const end = graph.step.length;
  // Updates at the end of the step need the gradients of all micro-batches.
  const updatesAfter = program.updates === "after";
  const backwardEnd = updatesAfter ? graph.step.findIndex((each) => each.phase === "update") : end;
  return (source, batch, sums) => {
    const { size } = batch;
    requireInteger("size", size, 1, program.batch);
    state.steps++;
    if (optimizer !== undefined) writeRates(words, optimizer, state.rate, state.steps);
    words.setFloat32(control.lossScale, 1 / size, true);
    words.setUint32(control.training, 1, true);
    words.setUint32(control.dropoutKey, mixSeed(state.seed, 0xd20, state.steps), true);
    for (let done = 0; done < size; done += microBatch) {
      const samples = load(state, source, batch, done);
      words.setUint32(control.accumulate, done === 0 ? 0 : 1, true);
      words.setUint32(control.sampleBase, done, true);
      arena.run(0, backwardEnd);
      addSums(state, samples, sums);
    }
    if (updatesAfter) arena.run(backwardEnd, end);
  };
}

function makeEvaluate(state: State): Trainer["evaluate"] {
  const { program, arena } = state;
  const { graph, microBatch } = program;
  const end = graph.step.length;
  return (source, batch, sums) => {
    arena.words.setUint32(control.training, 0, true);
    for (let done = 0; done < batch.size; done += microBatch) {
      const samples = load(state, source, batch, done);
      arena.run(0, graph.forwardCount);
      arena.run(end, end + graph.evaluate.length);
      addSums(state, samples, sums);
    }
  };
}

function makePredict(state: State): Trainer["predict"] {
  const { program, arena } = state;
  const { graph } = program;
  const output = arena.viewOf(graph.output);
  const first = graph.step.length + graph.evaluate.length;
  return (size) => {
    requireInteger("size", size, 1, program.microBatch);
    arena.words.setUint32(control.training, 0, true);
    arena.words.setUint32(control.samples, size, true);
    arena.run(0, graph.forwardCount);
    if (graph.predict.length > 0) arena.run(first, first + graph.predict.length);
    return output;
  };
}

/**
 * Makes a trainer: allocates the arena, writes the program into it, starts the threads and initializes the parameters.
 * Errors: `invalid-option`; `budget-too-small` if the machine does not have that much memory.
 */
export function createTrainer(program: Program, options: TrainerOptions = {}): Trainer {
  requireKnownFields("options", options, ["seed", "kernels"]);
  const seed = requireInteger("seed", options.seed ?? 1, 0, 0xffffffff);
  const kernels = options.kernels ?? loadKernels();
  const arena = createArena(program, kernels);
  const { graph } = program;
  const [first] = program.network.layers;
  const state: State = {
    program,
    arena,
    seed,
    input: arena.bothViewsOf(graph.input),
    target: arena.bothViewsOf(graph.target),
    losses: arena.viewOf(graph.losses),
    hits: arena.viewOf(graph.hits),
    tokens: first?.type === "embedding" ? first.inputDim : 0,
    classes: graph.targetShape.type === "int32" ? (graph.tensors[graph.output]?.shape.at(-1) ?? 0) : 0,
    micro: { order: new Uint32Array(0), from: 0, size: 0, epoch: 0 },
    checked: undefined,
    rate: program.optimizer?.learningRate ?? 0,
    steps: 0,
  };
  initializeParameters(graph, seed, arena.viewOf);
  return {
    program,
    kernels: kernels.variant,
    arena: arena.bytes,
    measureUsedBytes: arena.measureUsedBytes,
    steps: () => state.steps,
    viewOf: arena.viewOf,
    step: makeStep(state),
    evaluate: makeEvaluate(state),
    predict: makePredict(state),
    inputView: state.input,
    setLearningRate: (rate) => {
      state.rate = requireNumber("learningRate", rate, 0, 1000);
    },
    setSteps: (steps) => {
      state.steps = requireInteger("steps", steps, 0);
    },
    close: arena.close,
  };
}
