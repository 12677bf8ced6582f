import type { Traits } from "../../../../../description/families/traits.ts";
import { applyAttention } from "../../blocks/attention-part.ts";
import { buildDecoderGraph } from "../../blocks/decoder-graph.ts";
import type { Mixer } from "../../blocks/layer-parts.ts";
import { setting } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { scale } from "../../ggml/operations.ts";

const traits: Traits = { routing: { gating: "sigmoid", normalized: true } };

/**
 * Builds the graph of MiMo 2 (llama.cpp v0.5.0, `mimo2.cpp`), which scales the result of attention by a factor of the
 * file.
 */
export function buildMimo2Graph(build: Build): void {
  const factor = setting(build, "attention.value_scale") ?? 1;
  const mixer: Mixer = (layer, source, inputs) => {
    const value = applyAttention(layer, source, inputs, traits);
    return layer.attention === undefined || factor === 0 || factor === 1 ? value : scale(value);
  };
  buildDecoderGraph(build, traits, { mixer });
}
