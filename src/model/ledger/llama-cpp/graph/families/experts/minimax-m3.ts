import { attendToCache, projectOutput } from "../../blocks/attention/attention.ts";
import { attendToBlocks, blockInputs, choosesBlocks } from "../../blocks/attention/block-sparse-attention.ts";
import { prepareHeads, projectHeads } from "../../blocks/attention/projections.ts";
import { startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { layersOf, setting } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { add } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Builds the graph of MiniMax M3 (llama.cpp v0.5.0, `minimax-m3.cpp`): after the leading dense layers, attention reads
 * the blocks that an indexer chooses.
 */
export function buildMinimaxM3Graph(build: Build): void {
  const start = startStream(build);
  const { inputs } = start;
  const sparse = choosesBlocks(build)
    ? blockInputs(build, inputs.attention.full, inputs.positions)
    : undefined;
  const dense = setting(build, "leading_dense_block_count") ?? 0;
  const routing = { gating: "sigmoid", normalized: "as-set", activation: "gated" } as const;
  const treatment = { norm: "rms", rope: true, scaledQueries: false } as const;
  let { stream } = start;
  for (const layer of layersOf(build)) {
    const source = applyLayerNorm(layer, stream, "attn_norm");
    const plain = projectHeads(layer, source);
    if (plain === undefined) continue;
    const heads = prepareHeads(layer, plain, inputs.positions, treatment);
    const merged =
      sparse === undefined || layer.index < dense
        ? attendToCache(layer, inputs.attention, heads)
        : attendToBlocks(layer, source, heads, sparse);
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, inputs.outputIndices);
    const mixed = rows(projectOutput(layer, merged));
    const middle = add(mixed, rows(stream));
    const inner = applyFeedForward(layer, applyLayerNorm(layer, middle, "ffn_norm"), { routing });
    stream = add(inner, middle);
  }
  addHead(build, stream, {}, inputs.outputIndices);
}
