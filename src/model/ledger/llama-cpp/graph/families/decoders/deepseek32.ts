import { type SparseInputs, sparseInputs, sparseAttention } from "../../blocks/attention/sparse-attention.ts";
import { decoderGraph } from "../../blocks/decoder-graph.ts";
import type { Mixer } from "../../blocks/mixer.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import type { Build } from "../../ggml/build.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

export function deepSeek32Graph(build: Build): void {
  let inputs: SparseInputs | undefined;
  let chosen: GraphTensor | undefined;
  const mixer: Mixer = (layer, source, stream) => {
    inputs ??= sparseInputs(build, stream.attention);
    const attended = sparseAttention(layer, source, stream.positions, inputs, chosen);
    ({ chosen } = attended);
    return attended.value;
  };
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  decoderGraph(build, { routing }, mixer, stateInputs(build), true);
}
