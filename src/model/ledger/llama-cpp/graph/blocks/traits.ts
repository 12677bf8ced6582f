import type { Routing } from "./feed-forward/experts.ts";
import type { Activation } from "./feed-forward/feed-forward.ts";
import type { NormKind } from "./stream/norm.ts";

/** What a family does that its tensors do not show. */
export interface Traits {
  readonly norm?: NormKind;
  /** Norm of queries and keys where it is another one. */
  readonly headNorm?: NormKind;
  readonly activation?: Activation;
  readonly routing?: Routing;
  /**
   * How attention and feed-forward part follow each other: "sequential"; "parallel" from one common norm, added in four
   * orders (Cohere, Phi-2, Falcon, StableLM 2 12B); "parallel-norms" from a norm each (GPT-NeoX).
   */
  readonly layout?:
    | "sequential"
    | "parallel"
    | "parallel-phi"
    | "parallel-falcon"
    | "parallel-stablelm"
    | "parallel-norms";
  readonly scalesEmbeddings?: boolean;
  readonly normsEmbeddings?: boolean;
  readonly scalesQueries?: boolean;
  /** "never", for windowed layers only, where the file sets `rope.scaling.finetuned`, or not in every n-th layer. */
  readonly rope?: "never" | "windowed-only" | "windowed-if-any" | "when-set" | { readonly skips: number };
  readonly flatNorms?: "products" | "joined";
  readonly normsAfterRope?: boolean;
  readonly normalizesHeads?: boolean;
  /** Operations on the logits after the last product: a cap has three, a scale one. */
  readonly logits?: "cap" | "scale" | "scale-and-cap";
  /** Factors on what is added to the stream (Granite, MiniCPM). */
  readonly scalesResiduals?: boolean;
  /** Shared experts are weighted by a gate of their own (Qwen MoE). */
  readonly sharedGate?: "silu-ratio" | "sigmoid";
  /** A scale on the sum of routed and shared experts (Command A MoE). */
  readonly scalesShared?: boolean;
  readonly softCap?: "flash-too" | "grok";
  /** The residual is the first source of the sum. */
  readonly residualFirst?: "both" | "mixer" | "feed-forward";
  readonly addsPositions?: boolean;
  /** Queries are multiplied by a temperature of their position where they are not rotated (Llama 4). */
  readonly temperature?: boolean;
  /** Rows of the wanted tokens are taken after the last layer, whose result is kept: before or after the last norm. */
  readonly lateRows?: "hidden" | "normed";
  /** Rows are taken after the norm that follows attention. */
  readonly rowsAfterNorm?: boolean;
  /** The router reads the layer's input (SmallThinker). */
  readonly routerReadsInput?: boolean;
  /** Attention is scaled before the sum (MiMo 2 by a factor of the file). */
  readonly scalesValues?: boolean;
  /** Logits of all tokens, wanted or not (CogVLM). */
  readonly allRows?: boolean;
  /** Leading dense layers are rotated whatever they see (Command A MoE). */
  readonly rotatesLeading?: boolean;
  /** The last norm has no weights (Talkie). */
  readonly plainNorm?: boolean;
  /** There is no last norm: the rows of the wanted tokens are the result (HRM-Text). */
  readonly rowsOnly?: boolean;
  /** Name of the last norm where it is another one. */
  readonly lastNorm?: string;
  /** The last norm is the result: there is no product with the vocabulary. */
  readonly headless?: boolean;
  /** The normalized stream is scaled before the product with the vocabulary (MiniCPM 3). */
  readonly scalesBeforeHead?: boolean;
  /** Blocks are added to the stream one at a time: attention or feed-forward, not both (Nemotron-H). */
  readonly singleBlocks?: boolean;
  /** The normalized input is put into the graph before the block (Qwen3-Next). */
  readonly expandsNorm?: boolean;
}

/** Families whose rotation depends on their size: Baichuan's 7B has one, the others add a slope to the products. */
export const rotatesByDepth: Readonly<Record<string, number>> = { baichuan: 32 };
