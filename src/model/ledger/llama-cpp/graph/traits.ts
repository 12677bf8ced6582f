import type { Routing } from "./experts.ts";
import type { Activation } from "./feed-forward.ts";
import type { NormKind } from "./norm.ts";

/** What a family does that its tensors do not show. */
export interface Traits {
  readonly norm?: NormKind;
  /** Norm of queries and keys where it is another one. */
  readonly headNorm?: NormKind;
  readonly activation?: Activation;
  readonly routing?: Routing;
  /**
   * How attention and feed-forward part follow each other: "sequential"; "parallel" from one common norm (Cohere, Phi-2);
   * "parallel-norms" from a norm each (GPT-NeoX); "falcon": from two norms of the same input.
   */
  readonly layout?: "sequential" | "parallel" | "parallel-norms" | "falcon";
  readonly scalesEmbeddings?: boolean;
  readonly scalesQueries?: boolean;
  /** "never", or every n-th layer without rotation. */
  readonly rope?: "never" | "windowed-only" | { readonly skips: number };
  readonly flatNorms?: boolean;
  readonly normsAfterRope?: boolean;
  readonly normalizesHeads?: boolean;
  /** Operations on the logits after the last product: a cap has three, a scale one. */
  readonly logits?: "cap" | "scale";
  /** Factors on what is added to the stream (Granite, MiniCPM). */
  readonly scalesResiduals?: boolean;
  /** Shared experts are weighted by a gate of their own (Qwen MoE). */
  readonly sharedGate?: "silu-ratio" | "sigmoid";
  /** Shared experts are computed before the routed ones. */
  readonly sharedFirst?: boolean;
  readonly softCap?: "flash-too" | "grok";
  /** The residual is added before what was computed. */
  readonly residualFirst?: boolean;
  readonly addsPositions?: boolean;
  /** Queries are multiplied by a temperature of their position where they are not rotated (Llama 4). */
  readonly temperature?: boolean;
}

const softmaxNormalized: Routing = { gating: "softmax", normalized: true };
const softmaxPlain: Routing = { gating: "softmax", normalized: false };

/** Traits by family (llama.cpp v0.5.0, `src/models/*.cpp`); a family that is not here has all the defaults. */
export const familyTraits: Readonly<Record<string, Traits>> = {
  llama: { routing: softmaxNormalized },
  gpt2: { norm: "layer", rope: "never", addsPositions: true },
  gptneox: { norm: "layer", layout: "parallel-norms" },
  falcon: { norm: "layer", layout: "falcon" },
  phi2: { norm: "layer", layout: "parallel", scalesQueries: true },
  phi3: { activation: "halves", scalesQueries: true, residualFirst: true, routing: softmaxNormalized },
  phimoe: { scalesQueries: true, residualFirst: true, routing: softmaxNormalized, norm: "layer" },
  "command-r": { norm: "layer", layout: "parallel", logits: "scale" },
  cohere2: { norm: "layer", layout: "parallel", logits: "scale", rope: "windowed-only" },
  bloom: { norm: "layer", rope: "never" },
  mpt: { norm: "layer", rope: "never", flatNorms: true },
  starcoder: { norm: "layer", rope: "never", addsPositions: true },
  starcoder2: { norm: "layer" },
  stablelm: { norm: "layer" },
  orion: { norm: "layer" },
  olmo: { norm: "layer" },
  dbrx: { norm: "layer", routing: softmaxNormalized },
  nemotron: { norm: "layer", activation: "square" },
  arcee: { activation: "square" },
  refact: { rope: "never" },
  gemma: { scalesEmbeddings: true, scalesQueries: true },
  gemma2: { scalesEmbeddings: true, scalesQueries: true, logits: "cap", softCap: "flash-too" },
  gemma3: { scalesEmbeddings: true, scalesQueries: true },
  qwen2moe: { routing: softmaxPlain, sharedGate: "silu-ratio" },
  qwen3moe: { routing: softmaxNormalized },
  olmoe: { routing: softmaxPlain, flatNorms: true },
  olmo2: { flatNorms: true },
  "gpt-oss": { routing: { gating: "late", normalized: false, activation: "gated" } },
  smollm3: { rope: { skips: 4 } },
  glm4: { activation: "halves" },
  chatglm: { activation: "halves" },
  deepseek: { routing: softmaxPlain },
  granite: { scalesResiduals: true, logits: "scale", routing: softmaxNormalized },
  granitemoe: { scalesResiduals: true, logits: "scale", routing: softmaxNormalized },
};
