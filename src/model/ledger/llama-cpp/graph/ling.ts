import { attentionInputs } from "./attention.ts";
import type { Build } from "./build.ts";
import { headPart } from "./head.ts";
import { embeddingInput, outputPlaces, positionInput } from "./inputs.ts";
import { deltaAttention, deltaSizes } from "./kimi.ts";
import { latentAttention } from "./latent-attention.ts";
import { add } from "./operations.ts";
import { stateInputs } from "./states.ts";
import { feedForwardPart, layerNorm } from "./transformer.ts";

/** The graph of Ling 3 (llama.cpp v0.5.0, `bailingmoe3.cpp`): delta attention, and latent attention with a gate for each head. */
export function lingGraph(build: Build): void {
  const sizes = deltaSizes(build);
  let stream = embeddingInput(build);
  const states = stateInputs(build);
  const attention = attentionInputs(build, true);
  const positions = positionInput(build);
  const places = outputPlaces(build);
  const routing = { gating: "sigmoid", normalized: "as-set" } as const;
  for (let layer = 0; layer < build.layers; layer++) {
    const source = layerNorm(build, layer, stream, "attn_norm", {});
    const mixed =
      build.description.layers[layer]?.recurrent === undefined
        ? latentAttention(build, layer, source, positions, attention, undefined)
        : deltaAttention(build, layer, source, states, sizes);
    const middle = add(mixed, stream);
    const inner = feedForwardPart(build, layer, layerNorm(build, layer, middle, "ffn_norm", {}), { routing });
    stream = add(inner, middle);
  }
  headPart(build, stream, { lateRows: "normed" }, places);
}
