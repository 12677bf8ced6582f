/**
 * What a norm keeps for its backward pass: `rms` (Llama's: the input as f32 and the scaled value in the stream's type),
 * `rms-float` (Gemma's: both f32, and 1 + weight), `rms-late` (OLMo 2's: both f32), `layer` (PyTorch's layer_norm: its
 * input and two statistics), `layer-float` (OLMo's: the same of an f32 copy), `centred` (Cohere's: three f32 copies).
 */
export type TrainingNorm = "rms" | "rms-float" | "rms-late" | "layer" | "layer-float" | "centred";

/** What the layers of a family keep for the backward pass, as transformers implements them. */
export interface LayerRecipe {
  readonly norm: TrainingNorm;
  /** Whether the norm computes 1 + weight in every pass (Nemotron). */
  readonly unitWeight: boolean;
  /** Norms as wide as the embedding: before attention and feed-forward, and after them. */
  readonly normsBefore: number;
  readonly normsAfter: number;
  /** Attention and feed-forward read the same normed input. */
  readonly parallel: boolean;
  /** The norms before them read the same stream, which is kept once. */
  readonly sharedNormInput: boolean;
  readonly headNorms: "none" | "each" | "all";
  readonly headNormKind: TrainingNorm;
  /** The head norms come after the rotation, whose result autocast leaves in f32. */
  readonly normsRotated: boolean;
  /** Rotated values return to the type they came in, also under autocast. */
  readonly rotatesBack: boolean;
  /** Results of the projections are clamped, which keeps them (OLMo's clip_qkv). */
  readonly clips: boolean;
  readonly fusedProjection: boolean;
  /** Queries and keys are views of the fused projection: no rotation makes new ones. */
  readonly unrotated: boolean;
  /** Only a part of each head is rotated; attention on the CPU then copies its result. */
  readonly partlyRotated: boolean;
  /** Keys and values are repeated for every head before the rotation (Falcon's newer layers). */
  readonly repeatsWhole: boolean;
  /** Keys and values are picked by index lists of one number each, which are kept (Falcon). */
  readonly listedHeads: boolean;
  readonly gated: boolean;
  readonly fusedGate: boolean;
  /** The softmax is in the type of the scores; otherwise f32 and a copy in the type of the values. */
  readonly plainSoftmax: boolean;
  readonly softcap: boolean;
  /** Each head has a sink in addition to its scores: one column more, and the softmax in their type. */
  readonly sinks: boolean;
  /** Experts with biases and a clamped gate, which keeps four tensors instead of one. */
  readonly biasedExperts: boolean;
  /** Residual dropout follows only the feed-forward part. */
  readonly dropsOnce: boolean;
  /** A norm over the embedding, and one after the last layer. */
  readonly embeddingNorm: boolean;
  readonly lastNorm: boolean;
  /** A head with a linear layer and a norm of its own predicts the masked words (BERT). */
  readonly maskedHead: boolean;
  /** Pairs of sine and cosine tables that the layers share. */
  readonly rotations: number;
  /** Share of a head for which each layer computes its own sines and cosines; 0: layers compute none. */
  readonly ownRotation: number;
  readonly floatRotation: boolean;
  /** How experts are chosen: softmax over all, softmax over the chosen ones, or by groups of experts (DeepSeek V3). */
  readonly routing: "softmax" | "choice-first" | "grouped";
  /** The router's input and weight are cast to f32. */
  readonly floatRouter: boolean;
  /** Number of best experts whose scores rank their group; 0: experts are chosen without groups. */
  readonly groupBest: number;
  /** Weights of the chosen experts are divided by their sum. */
  readonly dividesWeights: boolean;
  /** The chosen experts' weights are multiplied with the results as f32. */
  readonly floatWeights: boolean;
  /** PEFT adapts the experts of the family too. */
  readonly adaptedExperts: boolean;
  /** Shared experts have a gate of one column. */
  readonly sharedGate: boolean;
  /** True if the layers were compared with PyTorch's saved tensors. */
  readonly compared: boolean;
  /** False if transformers has no flash attention for them on the CPU: there is nothing to compare with. */
  readonly comparedFlash: boolean;
}

/** The recipe of a `model_type`: where its layers differ from Llama's, and what applies if config.json does not say. */
export interface TrainingRecipe extends Partial<LayerRecipe> {
  /** What drops out if config.json does not say: the scores and the results, or only the results. */
  readonly usualDropout?: "all" | "residual";
  /** The setting of the dropout after the embedding; other families may have such a setting but no such layer. */
  readonly embeddingDropoutSetting?: string;
  /** Whether the weights of the chosen experts are divided whatever config.json says, or if it does not say. */
  readonly expertWeightsDivided?: "always" | "by-default";
  /** The activation if config.json does not name one. Default SiLU. */
  readonly usualActivation?: "gelu_new" | "relu";
}
