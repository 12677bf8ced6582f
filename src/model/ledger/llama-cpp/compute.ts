import type { Spec, TensorSpec } from "../../spec/spec.ts";
import type { ContextSizes, EngineContext } from "./context.ts";
import { startBuild, type GraphRun } from "./graph/build.ts";
import { buildFamilyGraph } from "./graph/families.ts";
import { reserveBytes } from "./graph/reserve.ts";

/** Bytes of the compute buffer for a full micro-batch and for one token of each sequence; the larger counts. */
export interface ReservedBytes {
  readonly promptBytes: number;
  readonly tokenBytes: number;
}

function graphBytes(
  spec: Spec,
  byName: ReadonlyMap<string, TensorSpec>,
  run: GraphRun,
  width: number,
  vocabulary: number,
  alignment: number,
): number {
  const build = startBuild(spec, byName, run, width, vocabulary);
  buildFamilyGraph(build);
  return reserveBytes(build.graph, alignment);
}

/** What the engine reserves before it runs (llama.cpp v0.5.0, `sched_reserve`). */
export function reservedBytes(
  spec: Spec,
  context: EngineContext,
  sizes: ContextSizes,
  alignment: number,
): ReservedBytes {
  const byName = new Map(spec.tensors.map((tensor) => [tensor.name, tensor]));
  const { sequences } = context;
  const full = Math.min(sizes.contextTokens, sizes.ubatch);
  const run = (tokens: number, outputs: number): GraphRun => ({
    tokens: Math.ceil(tokens / sequences) * sequences,
    sequences,
    outputs,
    cells: sizes.cells,
    windowCells: sizes.windowCells,
    streams: sizes.streams,
    flashAttention: context.flashAttention,
    keyType: context.keyType,
    valueType: context.valueType,
  });
  const bytes = (tokens: number, outputs: number): number =>
    graphBytes(
      spec,
      byName,
      run(tokens, outputs),
      spec.embeddingWidth ?? 0,
      spec.vocabularySize ?? 0,
      alignment,
    );
  return {
    promptBytes: bytes(full, Math.min(full, sizes.outputs)),
    tokenBytes: bytes(sequences, sequences),
  };
}
