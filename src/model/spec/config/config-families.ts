/** Which layers see a window only, where config.json has no `layer_types`. */
export type ConfigWindow = "all" | "period" | "from-layer" | "chunked" | "never";

/** What config.json does not say of a family and must be known: read from the modelling code of transformers 4.57. */
export interface ConfigFamily {
  /** The family's name in GGUF files. */
  readonly gguf: string;
  /** Values that config.json leaves out. */
  readonly defaults?: Readonly<Record<string, number | boolean>>;
  readonly window?: ConfigWindow;
  /** Norms of a layer, each as wide as the embedding. Default 2. */
  readonly norms?: number;
  /** Norms have a bias. */
  readonly normBias?: boolean;
  /** Feed-forward of two matrices instead of three. */
  readonly plainFeedForward?: boolean;
  /** Biases, as the family has them whatever config.json says; "asked": where `attention_bias` is true. */
  readonly queryBias?: boolean | "asked";
  readonly outputBias?: boolean | "asked";
  readonly feedForwardBias?: boolean;
  /** Norms over each head's queries and keys, or over all heads together. */
  readonly headNorms?: "each" | "all";
  /** Learned positions: rows beyond those of the context (OPT 2), or none of them. */
  readonly positionRows?: number;
  /** The output layer is the embedding unless config.json says otherwise. */
  readonly tied?: boolean;
  readonly outputLayerBias?: boolean;
  /** Parameters of one layer, beyond the usual ones, as multiples of the attention heads (gpt-oss: one sink each). */
  readonly perHead?: number;
  /** Router of the experts has a bias; experts have biases. */
  readonly routerBias?: boolean;
  readonly expertBias?: boolean;
  /** Experts shared by all tokens have a gate of one column. */
  readonly sharedGate?: boolean;
  /** Experts of two matrices instead of three. */
  readonly plainExperts?: boolean;
  /** Queries come with a gate as wide as they are. */
  readonly queryGate?: boolean;
  /** No norm after the last layer; a pooling layer instead (BERT). */
  readonly pooled?: boolean;
  /** An encoder: attention over the whole input, nothing is cached. */
  readonly cacheless?: boolean;
  /** One norm over the embedding (BLOOM), in embedding widths with its bias. */
  readonly embeddingNorms?: number;
  /** False where the parameters cannot be computed from config.json here: they are unknown without the tensors. */
  readonly countable?: false;
}

const llama: ConfigFamily = { gguf: "llama", queryBias: "asked", outputBias: "asked" };
const classic: ConfigFamily = {
  gguf: "gpt2",
  normBias: true,
  plainFeedForward: true,
  queryBias: true,
  outputBias: true,
  feedForwardBias: true,
  tied: true,
};
const gemma: ConfigFamily = { gguf: "gemma", tied: true, queryBias: "asked", outputBias: "asked" };
const deepseek: ConfigFamily = { gguf: "deepseek2", queryBias: "asked", outputBias: "asked" };
const encoder: ConfigFamily = {
  ...classic,
  gguf: "bert",
  positionRows: 0,
  embeddingNorms: 2,
  pooled: true,
  cacheless: true,
  defaults: { type_vocab_size: 2 },
};
const qwenNext: ConfigFamily = {
  gguf: "qwen3next",
  headNorms: "each",
  sharedGate: true,
  queryGate: true,
  queryBias: "asked",
  outputBias: "asked",
};
const gemma3n: ConfigFamily = {
  ...gemma,
  gguf: "gemma3n",
  norms: 4,
  headNorms: "each",
  window: "period",
  defaults: {
    sliding_window_pattern: 5,
    sliding_window: 512,
    vocab_size: 262_400,
    hidden_size: 2048,
    intermediate_size: 16_384,
    num_hidden_layers: 35,
    num_attention_heads: 8,
    num_key_value_heads: 2,
    head_dim: 256,
    max_position_embeddings: 32_768,
    num_kv_shared_layers: 15,
  },
};
const llama4: ConfigFamily = {
  ...llama,
  gguf: "llama4",
  window: "chunked",
  defaults: { interleave_moe_layer_step: 1, head_dim: 128 },
};
const lfm2: ConfigFamily = { gguf: "lfm2", tied: true, headNorms: "each" };
const uncounted = (gguf: string, more: Partial<ConfigFamily> = {}): ConfigFamily => ({
  gguf,
  countable: false,
  ...more,
});

/** Families by config.json's `model_type`. */
export const configFamilies: Readonly<Record<string, ConfigFamily>> = {
  llama,
  mistral: { ...llama, window: "all" },
  mistral3: { ...llama, window: "all" },
  ministral: { ...llama, window: "all" },
  mixtral: { ...llama, window: "all" },
  smollm3: llama,
  arcee: { ...llama, gguf: "arcee", plainFeedForward: true },
  seed_oss: { ...llama, gguf: "seed_oss", queryBias: true },
  llama4,
  llama4_text: llama4,
  qwen2: { gguf: "qwen2", queryBias: true, window: "from-layer" },
  qwen2_vl: { gguf: "qwen2vl", queryBias: true, window: "from-layer" },
  qwen2_5_vl: { gguf: "qwen2vl", queryBias: true, window: "from-layer" },
  qwen2_5_vl_text: { gguf: "qwen2vl", queryBias: true, window: "from-layer" },
  qwen2_moe: { gguf: "qwen2moe", queryBias: true, window: "from-layer", sharedGate: true },
  qwen3: { gguf: "qwen3", headNorms: "each", queryBias: "asked", outputBias: "asked", window: "from-layer" },
  qwen3_vl: { gguf: "qwen3vl", headNorms: "each" },
  qwen3_vl_text: { gguf: "qwen3vl", headNorms: "each" },
  qwen3_moe: { gguf: "qwen3moe", headNorms: "each", queryBias: "asked", outputBias: "asked" },
  qwen3_vl_moe_text: { gguf: "qwen3vlmoe", headNorms: "each" },
  qwen3_next: qwenNext,
  qwen3_5_text: { ...qwenNext, gguf: "qwen35" },
  qwen3_5_moe_text: { ...qwenNext, gguf: "qwen35moe" },
  gemma,
  gemma2: {
    ...gemma,
    gguf: "gemma2",
    norms: 4,
    window: "period",
    defaults: { sliding_window_pattern: 2, sliding_window: 4096, head_dim: 256 },
  },
  gemma3_text: {
    ...gemma,
    gguf: "gemma3",
    norms: 4,
    headNorms: "each",
    window: "period",
    defaults: {
      sliding_window_pattern: 6,
      sliding_window: 4096,
      num_attention_heads: 8,
      num_key_value_heads: 4,
      head_dim: 256,
      vocab_size: 262_208,
      max_position_embeddings: 131_072,
    },
  },
  gemma3n_text: gemma3n,
  phi: { ...classic, gguf: "phi2", norms: 1, tied: false, outputLayerBias: true },
  phi3: { gguf: "phi3", window: "all" },
  phimoe: { gguf: "phimoe", normBias: true, queryBias: "asked", outputBias: "asked", countable: false },
  gpt_oss: {
    gguf: "gpt-oss",
    queryBias: true,
    outputBias: true,
    perHead: 1,
    routerBias: true,
    expertBias: true,
    window: "period",
    defaults: { sliding_window_pattern: 2 },
  },
  deepseek_v2: deepseek,
  deepseek_v3: { ...deepseek, routerBias: true },
  kimi_k2: { ...deepseek, routerBias: true },
  cohere: { gguf: "command-r", norms: 1, tied: true },
  cohere2: {
    gguf: "cohere2",
    norms: 1,
    tied: true,
    window: "period",
    defaults: { sliding_window_pattern: 4, sliding_window: 4096 },
  },
  granite: { ...llama, gguf: "granite" },
  granitemoe: { ...llama, gguf: "granitemoe" },
  granitemoehybrid: { ...llama, gguf: "granitehybrid", tied: true },
  glm4: { gguf: "glm4", norms: 4, queryBias: "asked" },
  glm4_moe: { gguf: "glm4moe", queryBias: "asked", routerBias: true },
  olmo: { gguf: "olmo", norms: 0 },
  olmo2: { gguf: "olmo2", headNorms: "all" },
  olmoe: { gguf: "olmoe", headNorms: "all" },
  starcoder2: { ...classic, gguf: "starcoder2", window: "all" },
  stablelm: { gguf: "stablelm", normBias: true, countable: false },
  gpt2: { ...classic, positionRows: 0 },
  gpt_neox: { ...classic, gguf: "gptneox", tied: false },
  gpt_bigcode: { ...classic, gguf: "starcoder", positionRows: 0, defaults: { num_key_value_heads: 1 } },
  opt: { ...classic, gguf: "opt", positionRows: 2 },
  bloom: { ...classic, gguf: "bloom", embeddingNorms: 2 },
  falcon: { gguf: "falcon", tied: true, normBias: true, plainFeedForward: true, norms: 1 },
  bert: encoder,
  roberta: encoder,
  "xlm-roberta": encoder,
  modernbert: uncounted("modern-bert", { cacheless: true }),
  mamba: { gguf: "mamba", tied: true, norms: 1 },
  falcon_mamba: { gguf: "mamba", tied: true, norms: 1 },
  mamba2: { gguf: "mamba2", norms: 1, tied: false },
  jamba: { gguf: "jamba" },
  falcon_h1: { ...llama, gguf: "falcon-h1" },
  nemotron_h: {
    ...llama,
    gguf: "nemotron_h",
    norms: 1,
    plainFeedForward: true,
    plainExperts: true,
    routerBias: true,
  },
  lfm2,
  lfm2_moe: { ...lfm2, gguf: "lfm2moe", routerBias: true },
  kimi_linear: uncounted("kimi-linear"),
  nemotron: { gguf: "nemotron", normBias: true, plainFeedForward: true },
  exaone4: { gguf: "exaone4", headNorms: "each" },
};

/** Other names of the same families. */
const otherNames: Readonly<Record<string, string>> = {
  gemma3: "gemma3_text",
  gemma3n: "gemma3n_text",
  qwen3_5: "qwen3_5_text",
  qwen3_5_moe: "qwen3_5_moe_text",
  qwen3_vl_moe: "qwen3_vl_moe_text",
  deepseek_v32: "deepseek_v3",
};

/** The family of a `model_type`, or undefined where it is not known here. */
export function configFamily(modelType: string): ConfigFamily | undefined {
  const name = Object.hasOwn(otherNames, modelType) ? (otherNames[modelType] ?? modelType) : modelType;
  return Object.hasOwn(configFamilies, name) ? configFamilies[name] : undefined;
}
