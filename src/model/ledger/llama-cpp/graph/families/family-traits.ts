import type { Routing } from "../blocks/feed-forward/experts.ts";
import type { Traits } from "../blocks/traits.ts";

const soft: Routing = { gating: "softmax", normalized: true };

const softRaw: Routing = { gating: "softmax", normalized: false };

const sigmoidAsSet: Routing = { gating: "sigmoid", normalized: "as-set" };

const softAsSet: Routing = { gating: "softmax", normalized: "as-set" };

const late: Routing = { gating: "late", normalized: false, activation: "gated" };

const decoders: Readonly<Record<string, Traits>> = {
  gpt2: { norm: "layer", rope: "never", addsPositions: true },
  falcon: { norm: "layer", layout: "parallel-falcon" },
  phi2: { norm: "layer", layout: "parallel-phi", scalesQueries: true },
  phi3: { activation: "halves", scalesQueries: true, residualFirst: "feed-forward", routing: soft },
  phimoe: { scalesQueries: true, residualFirst: "feed-forward", routing: soft },
  plamo: { layout: "parallel-falcon" },
  plamo3: { activation: "halves" },
  "command-r": { norm: "layer", layout: "parallel", logits: "scale" },
  cohere2: { norm: "layer", layout: "parallel", logits: "scale", rope: "windowed-only" },
  bloom: { norm: "layer", rope: "never" },
  mpt: { norm: "layer", rope: "never", flatNorms: "joined", addsPositions: true },
  jais: { norm: "layer", rope: "never" },
  starcoder: { norm: "layer", rope: "never", addsPositions: true },
  starcoder2: { norm: "layer" },
  pockettts: { norm: "layer" },
  stablelm: { norm: "layer" },
  orion: { norm: "layer" },
  olmo: { norm: "layer" },
  codeshell: { norm: "layer" },
  nemotron: { norm: "layer", activation: "square" },
  jais2: { norm: "layer", activation: "square" },
  arcee: { activation: "square" },
  refact: { rope: "never" },
  openelm: { residualFirst: "mixer" },
  gemma: { scalesEmbeddings: true, scalesQueries: true },
  gemma3: { scalesEmbeddings: true, scalesQueries: true },
  olmo2: { flatNorms: "products" },
  exaone4: { rope: "windowed-if-any" },
  smollm3: { rope: { skips: 4 } },
  glm4: { activation: "halves" },
  chatglm: { activation: "halves" },
  minicpm: { scalesEmbeddings: true, scalesResiduals: true, logits: "scale" },
  granite: { rope: "when-set", scalesResiduals: true, logits: "scale", routing: soft },
  "muse-glimmer": {
    normsEmbeddings: true,
    rope: "windowed-only",
    rowsAfterNorm: true,
    logits: "scale-and-cap",
  },
};

const experts: Readonly<Record<string, Traits>> = {
  llama: { routing: soft },
  mistral3: { routing: soft },
  dbrx: { norm: "layer", routing: soft },
  deepseek: { routing: softRaw },
  deepseek2: { routing: softAsSet },
  "deepseek2-ocr": { routing: softAsSet },
  bailingmoe: { routing: softAsSet },
  bailingmoe2: { routing: sigmoidAsSet },
  dots1: { routing: sigmoidAsSet },
  "exaone-moe": { routing: sigmoidAsSet, rope: "windowed-only" },
  glm4moe: { routing: sigmoidAsSet },
  afmoe: { routing: sigmoidAsSet, scalesEmbeddings: true, rope: { skips: 4 }, rowsAfterNorm: true },
  laguna: { routing: sigmoidAsSet },
  hy_v3: { routing: sigmoidAsSet, lateRows: "normed" },
  step35: { routing: sigmoidAsSet, lateRows: "hidden" },
  qwen3moe: { routing: soft },
  qwen3vlmoe: { routing: soft },
  olmoe: { routing: softRaw, flatNorms: "products" },
  "gpt-oss": { routing: late, lateRows: "hidden" },
  maple: { routing: { ...soft, activation: "gated" }, rope: "windowed-only" },
  "minimax-m2": { routing: { gating: "sigmoid", normalized: true }, flatNorms: "products" },
  granitemoe: { scalesResiduals: true, logits: "scale", routing: soft },
};

const bothWays: Readonly<Record<string, Traits>> = {
  "llada-moe": { routing: softRaw },
  rnd1: { routing: soft },
  "gemma-embedding": { scalesEmbeddings: true, scalesQueries: true, headless: true },
  "llama-embed": { headless: true },
  "modern-bert": { norm: "layer", activation: "halves", headless: true },
  "neo-bert": { activation: "halves", headless: true, lastNorm: "enc.output_norm" },
  eurobert: { headless: true },
};

const hybrids: Readonly<Record<string, Traits>> = {
  jamba: { rope: "never", residualFirst: "both", routing: softRaw },
  granitehybrid: { rope: "when-set", scalesResiduals: true, logits: "scale", routing: soft },
  plamo2: { activation: "halves" },
  nemotron_h: { rope: "never", singleBlocks: true, activation: "square", lateRows: "normed" },
  nemotron_h_moe: { rope: "never", singleBlocks: true, activation: "square", lateRows: "normed" },
  lfm2: {
    residualFirst: "both",
    lastNorm: "token_embd_norm",
    routing: { gating: "sigmoid", normalized: true },
  },
  lfm2moe: {
    residualFirst: "both",
    lastNorm: "token_embd_norm",
    routing: { gating: "sigmoid", normalized: true },
  },
  qwen3next: { routing: soft, lateRows: "normed", expandsNorm: true },
  qwen35: { routing: soft, lateRows: "normed", expandsNorm: true },
  qwen35moe: { routing: soft, lateRows: "normed", expandsNorm: true },
};

/** Traits by family (llama.cpp v0.5.0, `src/models/*.cpp`); a family that is not here has all the defaults. */
export const familyTraits: Readonly<Record<string, Traits>> = {
  ...decoders,
  ...experts,
  ...bothWays,
  ...hybrids,
};
