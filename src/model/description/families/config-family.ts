/** Which layers see only a window, if config.json has no `layer_types`. */
export type ConfigWindow =
  | "all"
  | "period"
  | "period-first"
  | "from-layer"
  | "even-to-layer"
  | "unrotated"
  | "chunked";

/** Always, never, or if the setting of this name is true. */
export type Rule = boolean | string;

/** Which layers have experts, if config.json has no `mlp_layer_types`. */
export type ExpertPlaces = "from-dense" | "period-offset" | "every-step" | "range" | "listed";

/** What the layers are, if config.json does not list them. */
export type KindRule = "recurrent" | "both" | "period" | "interval" | "listed-recurrent" | "blocks" | "even";

/** What keeps the recurrent state of a layer, if its settings alone do not show it. */
export type RecurrentMixer =
  | "mamba"
  | "mamba2"
  | "short-convolution"
  | "kimi-delta"
  | "lightning"
  | "griffin"
  | "rwkv";

/** What an encoder has before and after its layers. */
export interface EncoderParts {
  /** Learned positions, kinds of tokens, buckets of distances. */
  readonly positions?: boolean;
  readonly tokenTypes?: boolean;
  readonly buckets?: boolean;
  /** True if the embedding has no norm. */
  readonly plainEmbedding?: boolean;
  /** The setting that gives these norms a bias; without a setting they always have one. */
  readonly normBias?: string;
  /** A matrix from the embedding's width to the model's, even if the two are equal. */
  readonly projected?: boolean;
  /** The class without a head has a pooling layer. */
  readonly pooler?: boolean;
  /** The class for pre-training also predicts the next sentence. */
  readonly preTraining?: boolean;
  /** Biases of the token prediction if it does not share the embedding (default 1), or the setting that turns one on. */
  readonly biases?: number | string;
  /** The token prediction has no matrix and norm of its own before it. */
  readonly plainHead?: boolean;
  /** One matrix and norm before every head, and the setting that gives the matrix a bias (ModernBERT). */
  readonly headBias?: string;
}

/** What config.json does not say and must be known: read from the modelling code of transformers 5.23. */
export interface ConfigFacts {
  /** Values that config.json leaves out and that the class does not fill in under a name of its own. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  readonly window?: ConfigWindow;
  readonly kinds?: KindRule;
  readonly experts?: ExpertPlaces;
  readonly mixer?: RecurrentMixer;
  /** The feed-forward part is four times as wide as the model unless the file gives a width. */
  readonly fourfoldFeedForward?: boolean;
  /** Norms of a layer, each as wide as the embedding. Default 2. */
  readonly norms?: number;
  /** Norms have a bias. */
  readonly normBias?: Rule;
  /** Norms after the last layer. Default 1. */
  readonly lastNorms?: number;
  /** The feed-forward part has two matrices instead of three. */
  readonly plainFeedForward?: boolean;
  readonly queryBias?: Rule;
  /** Default: as the queries. */
  readonly keyBias?: Rule;
  readonly valueBias?: Rule;
  readonly outputBias?: Rule;
  readonly feedForwardBias?: Rule;
  /** Norms of queries and keys: "each" one that all heads share, "own" one per head, "all" one over all heads together. */
  readonly headNorms?: "each" | "own" | "all";
  /** The setting that turns them on; without one they are always there. */
  readonly headNormsSetting?: string;
  /** Learned positions: rows in addition to those of the context (OPT 2). Undefined: no learned positions. */
  readonly positionRows?: number;
  /** The output layer is the embedding if neither config.json nor the class says. */
  readonly tied?: boolean;
  /** The output layer has weights of its own, whatever the file says. */
  readonly neverTied?: boolean;
  readonly outputLayerBias?: Rule;
  /** Additional parameters of one layer, per attention head (gpt-oss: one sink). */
  readonly perHead?: number;
  /** Additional parameters of one layer, as multiples of a head's width (DiffLlama: four vectors). */
  readonly perHeadWidth?: number;
  /** Additional parameters of one layer (Apertus: four of its activation). */
  readonly perLayer?: number;
  /** The router of the experts has a bias; the experts have biases. */
  readonly routerBias?: Rule;
  readonly expertBias?: boolean;
  /** Experts shared by all tokens have a gate of one column. */
  readonly sharedGate?: boolean;
  /** Layers with experts also have a dense feed-forward part (Gemma 4). */
  readonly denseWithExperts?: boolean;
  /** The attention's last matrix is as wide as the model, whatever its heads (Helium). */
  readonly squareOutput?: boolean;
  /** Experts have two matrices instead of three. */
  readonly plainExperts?: boolean;
  /** Queries have a gate of their own width. */
  readonly queryGate?: boolean;
  /** The gate has a bias if the queries have one. */
  readonly gateBias?: boolean;
  /** A norm over the input of the attention's and of the feed-forward's last matrix (BitNet). */
  readonly innerNorms?: boolean;
  /** An encoder: attention over the entire input, nothing is cached. */
  readonly cacheless?: boolean;
  /** Norms over the embedding (BLOOM), in embedding widths with the bias. */
  readonly embeddingNorms?: number;
  readonly encoder?: EncoderParts;
  /** All layers share one set of weights, or `num_hidden_groups` sets (ALBERT). */
  readonly sharedLayers?: boolean;
  /** The first layer has one norm less (ModernBERT). */
  readonly firstLayerLacksNorm?: boolean;
  /** An encoder and a decoder. */
  readonly twoStacks?: boolean;
  /** False if the parameters cannot be computed from config.json here: without the tensors they are unknown. */
  readonly countable?: false;
}

/** The facts of a `model_type` with the family it belongs to. */
export interface ConfigFamily extends ConfigFacts {
  /** The family's name in GGUF files. */
  readonly gguf: string;
}
