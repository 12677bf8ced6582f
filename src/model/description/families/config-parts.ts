import type { ConfigFacts } from "./config-family.ts";

/** Attention has biases if the file's `attention_bias` is true. */
export const attentionBiases: ConfigFacts = { queryBias: "attention_bias", outputBias: "attention_bias" };

/** Attention and feed-forward have biases if the file's settings are true, as in Llama. */
export const llamaBiases: ConfigFacts = { ...attentionBiases, feedForwardBias: "mlp_bias" };

/** All matrices have biases if the file's `use_bias` is true. */
export const useBias: ConfigFacts = {
  queryBias: "use_bias",
  outputBias: "use_bias",
  feedForwardBias: "use_bias",
};

/** GPT-2's layers: norms and all matrices have a bias, the feed-forward part has two matrices. */
export const classicLayers: ConfigFacts = {
  normBias: true,
  plainFeedForward: true,
  queryBias: true,
  outputBias: true,
  feedForwardBias: true,
  tied: true,
};

/** DeepSeek's layers from the second version on. */
export const deepseekLayers: ConfigFacts = { ...attentionBiases, experts: "from-dense" };

/** Qwen3-Next's layers: three with a delta net, then one with attention. */
export const qwenNextLayers: ConfigFacts = {
  ...attentionBiases,
  headNorms: "each",
  sharedGate: true,
  queryGate: true,
  gateBias: true,
  kinds: "interval",
  experts: "every-step",
  defaults: { full_attention_interval: 4 },
};

/** BERT's layers: GPT-2's, over the entire input, without a last norm. */
export const bertLayers: ConfigFacts = { ...classicLayers, lastNorms: 0, cacheless: true };

/** An encoder and a decoder; config/parameters/two-stacks.ts counts them. */
export const twoStacks: ConfigFacts = { tied: true, countable: false, twoStacks: true };

/** Encoders of pictures: they cache nothing, and their parameters are not counted. */
export const pictureEncoder: ConfigFacts = { cacheless: true, countable: false };
