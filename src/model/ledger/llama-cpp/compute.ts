import type { Spec, TensorSpec } from "../../spec/spec.ts";
import type { ContextSizes, EngineContext } from "./context.ts";
import { startBuild, type Build, type GraphRun } from "./graph/build.ts";
import { buildFamilyGraph } from "./graph/families.ts";
import { reserveByDevice, type DeviceOf } from "./graph/reserve-devices.ts";
import { reserveBytes } from "./graph/reserve.ts";

/** Bytes of the compute buffer for a full micro-batch and for one token of each sequence; the larger counts. */
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

function built(spec: Spec, byName: ReadonlyMap<string, TensorSpec>, run: GraphRun): Build {
  const build = startBuild(spec, byName, run, spec.embeddingWidth ?? 0, spec.vocabularySize ?? 0);
  buildFamilyGraph(build);
  return build;
}

/** Some engines reserve the worst case for one sequence: the decay of linear attention grows with the square of its tokens. */
function reservedGraphs(
  spec: Spec,
  context: EngineContext,
  sizes: ContextSizes,
): { prompt: Build; token: Build } {
  const byName = new Map(spec.tensors.map((tensor) => [tensor.name, tensor]));
  const full = Math.min(sizes.contextTokens, sizes.ubatch);
  return {
    prompt: built(spec, byName, runOf(context, sizes, full, Math.min(full, sizes.outputs))),
    token: built(spec, byName, runOf(context, sizes, context.sequences, context.sequences)),
  };
}

/** What the engine reserves before it runs, all of it on one device (llama.cpp v0.5.0, `sched_reserve`). */
export function reservedBytes(
  spec: Spec,
  context: EngineContext,
  sizes: ContextSizes,
  alignment: number,
): ReservedBytes {
  const { prompt, token } = reservedGraphs(spec, context, sizes);
  return {
    promptBytes: reserveBytes(prompt.graph, alignment),
    tokenBytes: reserveBytes(token.graph, alignment),
  };
}

/** What the engine reserves on each device, a full micro-batch at a time. */
export function reservedBytesByDevice(
  spec: Spec,
  context: EngineContext,
  sizes: ContextSizes,
  deviceOf: DeviceOf,
  copies: number,
): ReadonlyMap<string, number> {
  return reserveByDevice(reservedGraphs(spec, context, sizes).prompt.graph, deviceOf, copies);
}
