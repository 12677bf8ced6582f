import { LoadlineError } from "../shared/errors.ts";
import { requireInteger, requireKnownFields, requireOneOf } from "../shared/options.ts";
import { buildGraph } from "./graph/build-graph.ts";
import type { Graph, Operation } from "./graph/graph.ts";
import type { LossName } from "./graph/lower-loss.ts";
import type { Optimizer, OptimizerChoice } from "./graph/optimizer.ts";
import { readOptimizer } from "./graph/optimizer.ts";
import type { UpdateMode } from "./graph/updates.ts";
import type { EncodedOperation } from "./kernels/operation.ts";
import { findBarriers } from "./memory/barriers.ts";
import type { StepLedger } from "./memory/ledger.ts";
import { buildStepLedger } from "./memory/ledger.ts";
import type { ArenaPlan } from "./memory/arena-plan.ts";
import { allOperations, planArena } from "./memory/arena-plan.ts";
import type { Network } from "./network/layer.ts";
import { checkNetwork } from "./network/network-schema.ts";

/** How to train a network. */
export interface CompileOptions {
  /** Default `sparseCategoricalCrossentropy`. */
  readonly loss?: LossName;
  /** Default `adam`. `none` only computes gradients, and keeps them. */
  readonly optimizer?: OptimizerChoice | "none";
  /** Samples per update. Default 32. */
  readonly batch?: number;
  /**
   * Samples in memory at a time; gradients are added up over batch / microBatch micro-batches. Must divide the batch. Default: the
   * batch.
   */
  readonly microBatch?: number;
  /**
   * When parameters are updated. Default: within the backward pass (`direct`), or `after` it if gradients are added up.
   */
  readonly updates?: "direct" | "immediate" | "after";
  /** Keeps every nth layer's output, or those of the listed layers; the others are computed again. Default: all are kept. */
  readonly recompute?: number | readonly number[];
  /** Default: one per core, at most 8. */
  readonly threads?: number;
}

/** A compiled network: every operation of a step, with every tensor's place in one arena. Plain data; nothing is allocated. */
export interface Program {
  readonly network: Network;
  readonly loss: LossName;
  readonly optimizer: Optimizer | undefined;
  readonly batch: number;
  readonly microBatch: number;
  readonly threads: number;
  readonly updates: UpdateMode;
  readonly keptLayers: readonly number[] | undefined;
  readonly graph: Graph;
  readonly arenaPlan: ArenaPlan;
  readonly operations: readonly EncodedOperation[];
  readonly ledger: StepLedger;
  /** Size of the arena in bytes: `bytesFixed + microBatch * bytesPerSample`. */
  readonly peakBytes: number;
  readonly bytesFixed: number;
  readonly bytesPerSample: number;
  /** Number of learned numbers. */
  readonly parameterCount: number;
}

const maxThreads = 64;
/** Default limit: more threads than this need larger layers than most networks here have. */
const maxDefaultThreads = 8;
const maxBatch = 1 << 20;

function encode(
  operation: Operation,
  barrier: boolean,
  addresses: ReadonlyMap<number, number>,
): EncodedOperation {
  const place = (id: number | undefined): number => (id === undefined ? 0 : (addresses.get(id) ?? 0));
  return {
    name: operation.name,
    barrier,
    writes: operation.writes.map(place),
    reads: operation.reads.map(place),
    numbers: operation.numbers,
    fractions: operation.fractions,
  };
}

/** Lists the indexes of the layers whose outputs are kept. */
function findKeptLayers(
  recompute: CompileOptions["recompute"],
  layers: number,
): readonly number[] | undefined {
  if (recompute === undefined) return undefined;
  if (typeof recompute !== "number") {
    return recompute.map((place, index) => requireInteger(`recompute[${index}]`, place, 0, layers - 1));
  }
  requireInteger("recompute", recompute, 1, layers);
  const kept = [];
  for (let place = recompute - 1; place < layers; place += recompute) kept.push(place);
  return kept;
}

function updatesOf(options: CompileOptions, accumulates: boolean): UpdateMode {
  if (options.optimizer === "none") return "none";
  const chosen =
    options.updates === undefined
      ? accumulates
        ? "after"
        : "direct"
      : requireOneOf("updates", options.updates, ["direct", "immediate", "after"]);
  if (accumulates && chosen !== "after") {
    throw new LoadlineError(
      "invalid-option",
      `updates: got ${chosen}, allowed: after, because a microBatch smaller than the batch adds up gradients first`,
    );
  }
  return chosen;
}

/**
 * Compiles a network for training, with every byte planned. Checks network and options. Errors: `invalid-option`.
 */
export function compile(network: Network, options: CompileOptions = {}): Program {
  requireKnownFields("options", options, [
    "loss",
    "optimizer",
    "batch",
    "microBatch",
    "updates",
    "recompute",
    "threads",
  ]);
  checkNetwork(network);
  const loss = requireOneOf("loss", options.loss ?? "sparseCategoricalCrossentropy", [
    "meanSquaredError",
    "sparseCategoricalCrossentropy",
    "binaryCrossentropy",
  ]);
  const batch = requireInteger("batch", options.batch ?? 32, 1, maxBatch);
  const microBatch = requireInteger("microBatch", options.microBatch ?? batch, 1, batch);
  if (batch % microBatch !== 0) {
    throw new LoadlineError(
      "invalid-option",
      `microBatch: got ${microBatch}, allowed: a divisor of the batch ${batch}`,
    );
  }
  const cores = Math.min(maxDefaultThreads, navigator.hardwareConcurrency);
  const threads = requireInteger("threads", options.threads ?? cores, 1, maxThreads);
  const updates = updatesOf(options, microBatch < batch);
  const optimizer = options.optimizer === "none" ? undefined : readOptimizer(options.optimizer ?? "adam");
  const keptLayers = findKeptLayers(options.recompute, network.layers.length);
  const graph = buildGraph(network, { loss, optimizer, updates, keptLayers });
  const keepsGradients = updates === "after" || updates === "none";
  const arenaPlan = planArena(graph, { batch: microBatch, threads, keepsGradients });
  const operations = allOperations(graph);
  const barriers = findBarriers(graph, arenaPlan, operations);
  return {
    network,
    loss,
    optimizer,
    batch,
    microBatch,
    threads,
    updates,
    keptLayers,
    graph,
    arenaPlan,
    operations: operations.map((each, index) => encode(each, barriers[index] ?? true, arenaPlan.addresses)),
    ledger: buildStepLedger(graph, arenaPlan),
    peakBytes: arenaPlan.peakBytes,
    bytesFixed: arenaPlan.fixedBytes,
    bytesPerSample: arenaPlan.sampleBytes,
    parameterCount: graph.parameters.reduce(
      (sum, each) => sum + (graph.tensors[each.tensor]?.elements ?? 0),
      0,
    ),
  };
}
