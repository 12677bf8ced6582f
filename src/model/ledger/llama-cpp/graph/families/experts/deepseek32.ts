import { applySparseAttention, sparseInputs } from "../../blocks/attention/sparse-attention.ts";
import type { SparseInputs } from "../../blocks/attention/sparse-attention.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import type { Mixer } from "../../blocks/layer-parts.ts";
import type { Build } from "../../ggml/build.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Builds the graph of DeepSeek V3.2 and its relatives (llama.cpp v0.5.0, `deepseek32.cpp`, `glm-dsa.cpp`,
 * `dots3note.cpp`): latent attention over the keys that an indexer chooses. Layers without an indexer read the choice
 * of the layer before.
 */
export function buildDeepSeek32Graph(build: Build): void {
  let inputs: SparseInputs | undefined;
  let chosen: GraphTensor | undefined;
  const mixer: Mixer = (layer, source, stream) => {
    inputs ??= sparseInputs(build, stream.attention, stream.positions);
    const attended = applySparseAttention(layer, source, inputs, chosen);
    ({ chosen } = attended);
    return attended.value;
  };
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  buildDecoderGraph(build, { routing }, { mixer });
}
