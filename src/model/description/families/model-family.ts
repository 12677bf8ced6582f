import type { ConfigFacts } from "./config-family.ts";
import type { TrainingRecipe } from "./training-recipe.ts";
import type { Traits } from "./traits.ts";

/** Which layers see only a window, unless the file lists them. */
export interface WindowRule {
  /**
   * "period": all but the last layer of each period have a window; "dense-first": all but the first one; "listed": the file
   * must list them; "recurrent-free": the layers with keys and values; "ignored": none, whatever the file says.
   */
  readonly kind: "period" | "dense-first" | "listed" | "recurrent-free" | "ignored";
  /** Layers of a period; 0 means that every layer has a window, 1 that none has. */
  readonly period?: number;
  /** Window in tokens if the file gives none. */
  readonly defaultWindow?: number;
  /** True if the window is the family's own, whatever the file says. */
  readonly fixed?: boolean;
  /** True if the rule holds only for files that give a window. */
  readonly whenGiven?: boolean;
  /** The rule holds only for models of this many layers (EXAONE 4: the 32B has windows, the small one has none). */
  readonly layerCount?: number;
}

/** Which layers keep a recurrent state instead of keys and values. */
export type RecurrentRule = "all" | "both" | "zero-key-value-heads" | "interval" | "zero-heads-and-width";

/** Graphs that only one family or a few have; src/model/ledger/llama-cpp/graph/families builds them. */
export type GraphName =
  | "arctic"
  | "bert"
  | "chameleon"
  | "cogvlm"
  | "cohere2-moe"
  | "deci"
  | "deepseek32"
  | "deepseek4"
  | "falcon-h1"
  | "gemma2"
  | "gemma3n"
  | "gemma4"
  | "gptneox"
  | "grok"
  | "grovemoe"
  | "hrm-text"
  | "hunyuan4"
  | "kimi-k3"
  | "kimi-linear"
  | "ling3"
  | "llama4"
  | "mimo2"
  | "minicpm3"
  | "minimax-01"
  | "minimax-m3"
  | "qwen2-moe"
  | "qwen3-tts"
  | "rwkv"
  | "smallthinker"
  | "t5"
  | "t5-encoder"
  | "talkie";

/** Blocks of the common graph that take the place of attention, in all layers or in the recurrent ones. */
export type MixerName =
  | "delta-net"
  | "latent-attention"
  | "mamba"
  | "mamba2"
  | "plamo2"
  | "short-convolution";

/** What a GGUF file of a family does not say; read from llama.cpp v0.5.0, `src/models/*.cpp`. */
export interface LlamaCppFamily {
  /**
   * True if the compute buffer was compared with the engine's own, to the byte, on all settings tried (llama.cpp v0.5.0 on
   * the host: contexts, micro-batches, sequences, cache types, flash attention on and off, caches shared or not).
   */
  readonly compared: boolean;
  readonly window?: WindowRule;
  readonly recurrent?: RecurrentRule;
  /** One layer of this many has attention, unless the file says otherwise. Default 4. */
  readonly interval?: number;
  /** True for encoders and diffusion models: they cache nothing. */
  readonly cacheless?: boolean;
  /** True if the model is bidirectional, whatever its file says (diffusion models, EmbeddingGemma). */
  readonly bidirectional?: boolean;
  /** True if the family keeps a cache that attention does not read. */
  readonly ignoresCache?: boolean;
  /** False if the engine turns flash attention off. */
  readonly flashAttention?: false;
  /** True if embeddings are scaled by the file's `embedding_scale`. */
  readonly scalesByFile?: boolean;
  /**
   * Parts of each position: 4 if images have rows and columns, "by-file" if only the file's `rope.dimension_sections` says so.
   * Default 1.
   */
  readonly positionParts?: 4 | "by-file";
  /** True if the engine creates the output tensor before the embedding: without a mapped file the host then holds both. */
  readonly outputFirst?: boolean;
  /** True if a tied embedding is held once: no product with the vocabulary, or by the embedding's own tensor (BitNet). */
  readonly singleEmbedding?: boolean;
  /** Layers with a cache of their own, counted from the first; the later ones read theirs. */
  readonly cachedLayers?: number | "all-but-shared";
  /** The family's own graph. */
  readonly graph?: GraphName;
  /** The block of the common graph in place of attention. */
  readonly mixer?: MixerName;
  /** What its tensors do not show; without them the common graph is Llama's. */
  readonly traits?: Traits;
}

/** A `model_type` of config.json. */
export interface ConfigType extends ConfigFacts {
  /** Other names of the same type: a model whose text part has a name of its own, or is in the file itself. */
  readonly aliases?: readonly string[];
  /** What its layers keep for the backward pass; absent if they were not looked at. */
  readonly training?: TrainingRecipe;
}

/** Everything that must be known of a family of models, because its files do not say it. */
export interface ModelFamily {
  /** How llama.cpp runs it; "not-followed": llama.cpp does, but its layers and graph are not followed here. */
  readonly llamaCpp?: LlamaCppFamily | "not-followed";
  /** Its types by config.json's `model_type`. A GGUF file trains like the first type with a recipe. */
  readonly config?: Readonly<Record<string, ConfigType>>;
}

/** Families by the name that GGUF's `general.architecture` gives or would give. */
export type FamilyTable = Readonly<Record<string, ModelFamily>>;
