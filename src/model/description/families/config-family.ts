/** Which layers see a window only, where config.json has no `layer_types`. */
export type ConfigWindow =
  | "all"
  | "period"
  | "period-first"
  | "from-layer"
  | "even-to-layer"
  | "unrotated"
  | "chunked"
  | "list";

/** Always, never, or where the setting of this name is true. */
export type Rule = boolean | string;

/** Which layers have experts, where config.json has no `mlp_layer_types`. */
export type ExpertPlaces =
  | "from-dense"
  | "period-offset"
  | "every-step"
  | "step-from-first"
  | "range"
  | "listed";

/** What the layers are, where config.json does not list them. */
export type KindRule =
  | "attention"
  | "recurrent"
  | "both"
  | "period"
  | "interval"
  | "listed-recurrent"
  | "blocks"
  | "even";

/** What keeps the recurrent state of a layer, if its settings alone do not show it. */
export type RecurrentMixer =
  | "mamba"
  | "mamba2"
  | "short-convolution"
  | "kimi-delta"
  | "lightning"
  | "griffin"
  | "rwkv";

/** Before and behind the layers of an encoder. */
export interface EncoderParts {
  /** Learned positions, kinds of tokens, buckets of distances. */
  readonly positions?: boolean;
  readonly tokenTypes?: boolean;
  readonly buckets?: boolean;
  /** The embedding has no norm. */
  readonly plainEmbedding?: boolean;
  /** The setting that gives norms here a bias; without one they have it. */
  readonly normBias?: string;
  /** A matrix from the embedding's width to the model's even where they are alike. */
  readonly projected?: boolean;
  /** The model alone has a pooling layer. */
  readonly pooler?: boolean;
  /** The class for pre-training predicts the next sentence as well. */
  readonly preTraining?: boolean;
  /** Biases of the prediction of tokens where it does not share the embedding (default 1), or the setting that asks for one. */
  readonly biases?: number | string;
  /** The prediction of tokens has no matrix and norm of its own before it. */
  readonly plainHead?: boolean;
  /** One matrix and norm before every head, and the setting that gives the matrix a bias (ModernBERT). */
  readonly headBias?: string;
}

/** What config.json does not say of a family and must be known: read from the modelling code of transformers 5.23. */
export interface ConfigFacts {
  /** Values that config.json leaves out and the class does not fill in under a name of its own. */
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
  /** No norm after the last layer, or more of them. Default 1. */
  readonly lastNorms?: number;
  /** Feed-forward of two matrices instead of three. */
  readonly plainFeedForward?: boolean;
  readonly queryBias?: Rule;
  /** Where it differs from the queries'. */
  readonly keyBias?: Rule;
  readonly valueBias?: Rule;
  readonly outputBias?: Rule;
  readonly feedForwardBias?: Rule;
  /** Norms over each head's queries and keys ("each": one for all heads; "own": one a head), or over all heads together. */
  readonly headNorms?: "each" | "own" | "all";
  /** Where it is not always there: the setting that asks for it. */
  readonly headNormsAsked?: string;
  /** Learned positions: rows beyond those of the context (OPT 2), or none of them. */
  readonly positionRows?: number;
  /** The output layer is the embedding where neither config.json nor the class says. */
  readonly tied?: boolean;
  /** The output layer has weights of its own whatever the file says. */
  readonly neverTied?: boolean;
  readonly outputLayerBias?: Rule;
  /** Parameters of one layer, beyond the usual ones, as multiples of the attention heads (gpt-oss: one sink each). */
  readonly perHead?: number;
  /** The same as multiples of one head's width (DiffLlama: four vectors). */
  readonly perHeadWidth?: number;
  /** Single values of one layer (Apertus: four of its activation). */
  readonly perLayer?: number;
  /** Router of the experts has a bias; experts have biases. */
  readonly routerBias?: Rule;
  readonly expertBias?: boolean;
  /** Experts shared by all tokens have a gate of one column. */
  readonly sharedGate?: boolean;
  /** Layers with experts have a dense feed-forward part as well (Gemma 4). */
  readonly besideExperts?: boolean;
  /** The attention's last matrix is as wide as the model whatever its heads are (Helium). */
  readonly squareOutput?: boolean;
  /** Experts of two matrices instead of three. */
  readonly plainExperts?: boolean;
  /** Queries come with a gate as wide as they are. */
  readonly queryGate?: boolean;
  /** The gate has a bias where the queries have one. */
  readonly gateBias?: boolean;
  /** A norm over what goes into the attention's and the feed-forward's last matrix (BitNet). */
  readonly innerNorms?: boolean;
  /** An encoder: attention over the whole input, nothing is cached. */
  readonly cacheless?: boolean;
  /** Norms over the embedding (BLOOM), in embedding widths with the bias. */
  readonly embeddingNorms?: number;
  /** What an encoder has before and behind its layers. */
  readonly encoder?: EncoderParts;
  /** All layers are one, or as many as `num_hidden_groups` says (ALBERT). */
  readonly sharedLayers?: boolean;
  /** The first layer has one norm less (ModernBERT). */
  readonly firstNormLess?: boolean;
  /** An encoder and a decoder. */
  readonly twoStacks?: boolean;
  /** False where the parameters cannot be computed from config.json here: they are unknown without the tensors. */
  readonly countable?: false;
}

/** The facts of a `model_type` with the family it belongs to. */
export interface ConfigFamily extends ConfigFacts {
  /** The family's name in GGUF files. */
  readonly gguf: string;
}
