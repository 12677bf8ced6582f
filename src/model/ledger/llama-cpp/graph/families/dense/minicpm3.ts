import type { Traits } from "../../../../../description/families/traits.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applyDecoderLayers, startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { applyFinalNorm, keepOutput, logitsOf } from "../../blocks/head.ts";
import type { Build } from "../../ggml/build.ts";
import { scale } from "../../ggml/operations.ts";

const traits: Traits = { scalesEmbeddings: true, scalesResiduals: true };

/**
 * Builds the graph of MiniCPM 3 (llama.cpp v0.5.0, `minicpm3.cpp`): latent attention, and a scale before the product
 * with the vocabulary.
 */
export function buildMiniCpm3Graph(build: Build): void {
  const { stream, inputs } = startStream(build, traits);
  const parts = { inputs, traits, mixer: applyLatentAttention, feedForward: applyFeedForward };
  const normed = applyFinalNorm(
    build,
    applyDecoderLayers(build, stream, parts),
    traits,
    inputs.outputIndices,
  );
  keepOutput(build, logitsOf(build, scale(normed), traits));
}
