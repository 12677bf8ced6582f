import type { ConfigFacts } from "./config-family.ts";

/** Biases of the attention where the file's `attention_bias` is true. */
export const attentionBiases: ConfigFacts = { queryBias: "attention_bias", outputBias: "attention_bias" };

/** Biases as Llama's class has them: where the file's settings are true. */
export const llamaBiases: ConfigFacts = { ...attentionBiases, feedForwardBias: "mlp_bias" };

/** All biases where the file's `use_bias` is true. */
export const useBias: ConfigFacts = {
  queryBias: "use_bias",
  outputBias: "use_bias",
  feedForwardBias: "use_bias",
};

/** As GPT-2 has them: norms and all matrices with a bias, two matrices in the feed-forward part. */
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

/** Qwen3-Next's layers: three of delta net, then one of attention. */
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

/** BERT's layers: as GPT-2's, over the whole input, without a last norm. */
export const bertLayers: ConfigFacts = { ...classicLayers, lastNorms: 0, cacheless: true };

/** An encoder and a decoder; config/parameters/two-stacks.ts counts them. */
export const twoStacks: ConfigFacts = { tied: true, countable: false, twoStacks: true };

/** Encoders of pictures: nothing is cached; alone they are not counted. */
export const pictureEncoder: ConfigFacts = { cacheless: true, countable: false };
