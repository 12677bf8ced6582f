import type { ModelDescription, TensorDescription } from "../../description/model-description.ts";
import type { ContextSizes, EngineContext } from "./context.ts";
import { buildFamilyGraph } from "./graph/families/family-graph.ts";
import { startBuild } from "./graph/ggml/build.ts";
import type { Build, GraphRun } from "./graph/ggml/build.ts";
import { reserveByDevice } from "./graph/ggml/reserve-devices.ts";
import type { SplitOptions } from "./graph/ggml/reserve-devices.ts";
import { reserveBytes } from "./graph/ggml/reserve.ts";

/** Bytes of the compute buffer for a full micro-batch, and for one token per sequence. The larger one counts. */
export interface ReservedBytes {
  readonly promptBytes: number;
  readonly tokenBytes: number;
}

function runOf(context: EngineContext, sizes: ContextSizes, tokens: number, outputs: number): GraphRun {
  const { sequences } = context;
  return {
    tokens: Math.ceil(tokens / sequences) * sequences,
    sequences,
    outputs,
    cells: sizes.cells,
    windowCells: sizes.windowCells,
    streams: sizes.streams,
    flashAttention: context.flashAttention,
    keyType: context.keyType,
    valueType: context.valueType,
  };
}

/** What is known of a model: its tensors by name, their graph tensors, and the most recent graphs. */
interface Known {
  readonly byName: ReadonlyMap<string, TensorDescription>;
  readonly weights: Build["weights"];
  readonly graphs: Map<string, Build>;
}

/** A planner tries many placements of the same graph, so each graph is built once. */
const known = new WeakMap<ModelDescription, Known>();
/** Graphs kept per model. */
const maxGraphs = 16;

/** Returns the graph of a run, built now or before. */
function buildOnce(description: ModelDescription, run: GraphRun): Build {
  const of = known.get(description) ?? {
    byName: new Map(description.tensors.map((tensor) => [tensor.name, tensor])),
    weights: new Map(),
    graphs: new Map<string, Build>(),
  };
  known.set(description, of);
  const key = JSON.stringify(run);
  const found = of.graphs.get(key);
  if (found !== undefined) return found;
  const build = startBuild(description, of, run);
  buildFamilyGraph(build);
  const [oldest] = of.graphs.keys();
  if (oldest !== undefined && of.graphs.size >= maxGraphs) of.graphs.delete(oldest);
  of.graphs.set(key, build);
  return build;
}

/** Graph of a full micro-batch. */
function promptGraph(description: ModelDescription, context: EngineContext, sizes: ContextSizes): Build {
  const full = Math.min(sizes.contextTokens, sizes.ubatch);
  return buildOnce(description, runOf(context, sizes, full, Math.min(full, sizes.outputs)));
}

/** Graph of one token per sequence. */
function tokenGraph(description: ModelDescription, context: EngineContext, sizes: ContextSizes): Build {
  return buildOnce(description, runOf(context, sizes, context.sequences, context.sequences));
}

/** Computes what the engine reserves before it runs, on one device (llama.cpp v0.5.0, `sched_reserve`). */
export function computeReservedBytes(
  description: ModelDescription,
  context: EngineContext,
  sizes: ContextSizes,
  alignment: number,
): ReservedBytes {
  return {
    promptBytes: reserveBytes(promptGraph(description, context, sizes).graph, alignment),
    tokenBytes: reserveBytes(tokenGraph(description, context, sizes).graph, alignment),
  };
}

/** Results by placement of the layers: offloading experts moves no layer, and a search tries it many times. */
const placed = new WeakMap<Build, Map<string, ReadonlyMap<string, number>>>();

/** Computes what the engine reserves on each device for a full micro-batch. */
export function computeReservedBytesByDevice(
  description: ModelDescription,
  context: EngineContext,
  sizes: ContextSizes,
  { deviceOf, copies }: SplitOptions,
): ReadonlyMap<string, number> {
  const build = promptGraph(description, context, sizes);
  const before = placed.get(build) ?? new Map<string, ReadonlyMap<string, number>>();
  placed.set(build, before);
  const places = Array.from({ length: build.layers }, (_, layer) => deviceOf(layer));
  const key = [...places, deviceOf("output"), copies].join(" ");
  const found = before.get(key) ?? reserveByDevice(build.graph, { deviceOf, copies });
  before.set(key, found);
  return found;
}
