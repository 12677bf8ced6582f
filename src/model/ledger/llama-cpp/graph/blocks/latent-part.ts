import { applyLatentAttention } from "./attention/latent-attention.ts";
import type { Mixer } from "./layer-parts.ts";

/** Latent attention of one layer, up to the output product: (width, tokens) to (width, tokens). */
export const latentPart: Mixer = (layer, source, inputs) => applyLatentAttention(layer, source, inputs);
