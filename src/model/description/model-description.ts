/** One tensor of a model's file. Shape: innermost first for GGUF (as ggml writes it), outermost first elsewhere. */
export interface TensorDescription {
  readonly name: string;
  readonly shape: readonly number[];
  /** Storage type as the format names it, in lower case: "f16", "bf16", "q4_k", "i8". */
  readonly type: string;
  readonly bytes: number;
}

/** Attention of one layer; widths are those of one head. */
export interface AttentionDescription {
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly keyWidth: number;
  readonly valueWidth: number;
  /** Tokens that a query of this layer sees; undefined for all. */
  readonly window?: number | undefined;
  /** Multi-head latent attention: the cache holds one row of `rank + ropeWidth` values instead of keys and values. */
  readonly latent?:
    | { readonly rank: number; readonly ropeWidth: number; readonly queryRank?: number | undefined }
    | undefined;
  /** The layer whose cache this one reads instead of one of its own. */
  readonly sharesCacheOf?: number | undefined;
  /** Sparse attention's own keys, by which it chooses what to read: one head of `width` values is cached in addition to the latent. */
  readonly indexer?: { readonly heads: number; readonly width: number } | undefined;
  /** DeepSeek V4: tokens behind the window that become one cached row; 0 for a layer that sees only its window. */
  readonly compression?: number | undefined;
}

/** Recurrent state of one layer and one sequence, in elements (f32 in every engine described here unless stated otherwise). */
export interface RecurrentDescription {
  readonly convolutionElements: number;
  readonly stateElements: number;
  readonly innerWidth?: number | undefined;
}

/** Routed experts of one layer. */
export interface ExpertDescription {
  readonly count: number;
  /** Experts that one token passes through. */
  readonly used: number;
  readonly width: number;
  /** Total width of the experts that every token passes through; undefined if there are none. */
  readonly sharedWidth?: number | undefined;
}

/** One layer. An undefined part is absent; an unknown part is named in `ModelDescription.unknown`. */
export interface LayerDescription {
  readonly kind: "attention" | "recurrent" | "both" | "none";
  readonly attention?: AttentionDescription | undefined;
  readonly recurrent?: RecurrentDescription | undefined;
  /** Width of the dense feed-forward part. */
  readonly feedForwardWidth?: number | undefined;
  readonly experts?: ExpertDescription | undefined;
  /** How often a token passes the layer, each time with keys and values of its own (Nanbeige's loops). Default 1. */
  readonly passes?: number | undefined;
  /** True for a layer that predicts further tokens (MTP, nextn): it has weights, but no cache in the main context. */
  readonly prediction?: boolean | undefined;
}

/** A value of a model's settings; long arrays (vocabularies) are left out. */
export type SettingValue =
  | number
  | string
  | boolean
  | readonly number[]
  | readonly boolean[]
  | readonly string[];

/** Parameters by what they are for. */
export interface ParameterGroups {
  readonly embedding: number;
  /** What every token passes through: attention, norms, routers, shared experts, dense feed-forward. */
  readonly dense: number;
  /** All routed experts. */
  readonly experts: number;
  /** The output layer, if it has weights of its own. */
  readonly output: number;
  /** A tower for pictures and what joins it to the text; undefined if the model has none or it is unknown. */
  readonly vision?: number | undefined;
}

/** A language model as plain data: everything that its memory depends on. */
export interface ModelDescription {
  readonly name: string;
  readonly format: "gguf" | "safetensors" | "config" | "onnx";
  /** The family: "llama", "gemma3", "deepseek2" (GGUF's name, also for other formats if GGUF has one). */
  readonly architecture: string;
  /** False if the family is unknown (the common rule then reads its layers), or if something its rule needs is missing. */
  readonly known: boolean;
  /** All layers, those that predict further tokens last. */
  readonly layers: readonly LayerDescription[];
  readonly embeddingWidth: number | undefined;
  readonly vocabularySize: number | undefined;
  /** Tokens that the model was trained for. */
  readonly contextLength: number | undefined;
  /** True for encoders and diffusion models: attention over the entire input, nothing is cached. */
  readonly cacheless?: boolean | undefined;
  /** True if the output layer reads the embedding's weights. */
  readonly tiedEmbeddings: boolean | undefined;
  readonly parameters: number | undefined;
  /** Computed from the settings; undefined if the tensors give the parameters, or if nothing does. */
  readonly groups?: ParameterGroups | undefined;
  /** Bytes of all tensors as stored. */
  readonly weightBytes: number | undefined;
  /** Storage type of most weights. */
  readonly weightType: string | undefined;
  /** Empty if the format has no tensors (config.json). */
  readonly tensors: readonly TensorDescription[];
  /** Settings of the file by their own names, GGUF's without the architecture's prefix. */
  readonly settings: Readonly<Record<string, SettingValue>>;
  /** What could not be read, in words; a ledger with such a part says "at least". */
  readonly unknown: readonly string[];
}
