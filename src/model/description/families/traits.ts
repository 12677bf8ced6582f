/** Kinds of norms. "rms" works in place if its source is not needed again; the others make a new value. */
export type NormKind = "rms" | "layer" | "group";

/**
 * What is between the two products of a feed-forward part: "plain" one activation in place, "square" a squared ReLU in
 * place, "halves" a gated activation of one product's two halves. With a gate tensor all of them become one gated operation.
 */
export type Activation = "plain" | "square" | "halves";

/** How tokens are routed to experts. */
export interface RoutingRule {
  /** What turns the router's products into probabilities; "late": a softmax over only the chosen ones. */
  readonly gating: "softmax" | "sigmoid" | "late" | "square-root-softplus";
  /** True if the chosen weights are divided by their sum; "as-set": if the file's `expert_weights_norm` says so. */
  readonly normalized: boolean | "as-set";
  /** True if the tokens are weighted before the experts (Llama 4). */
  readonly weightsFirst?: boolean;
  /** What chooses the experts. Default: the probabilities; else the router's products (Llama 4) or their sigmoid (GroveMoE). */
  readonly choosesBy?: "logits" | "sigmoid";
  readonly activation?: "gated" | "plain" | "square" | "situ";
}

/**
 * What a family's layers do that its tensors do not show. Each trait belongs to several families; what only one family does
 * is written in that family's own graph.
 */
export interface Traits {
  /** Norm of the stream, and of queries and keys. Default "rms". */
  readonly norm?: NormKind;
  readonly activation?: Activation;
  readonly routing?: RoutingRule;
  /**
   * How the attention and the feed-forward part follow each other. Default: one after the other. "parallel": both read one
   * norm; the families add the two parts to the stream in four different orders (Cohere, Phi-2, Falcon, StableLM 2 12B).
   */
  readonly layout?: "parallel" | "parallel-phi" | "parallel-falcon" | "parallel-stablelm";
  readonly scalesEmbeddings?: boolean;
  readonly normsEmbeddings?: boolean;
  readonly scalesQueries?: boolean;
  /**
   * Which layers rotate queries and keys. Default: all. "never"; "windowed-only": layers with a window; "windowed-if-any": the
   * same, but all layers if none has a window; "when-set": unless the file sets `rope.scaling.finetuned` to false; `skips`: all but
   * every n-th.
   */
  readonly rope?: "never" | "windowed-only" | "windowed-if-any" | "when-set" | { readonly skips: number };
  /** Norms of queries and keys that span all heads: on the products themselves, or on the heads joined again (MPT). */
  readonly flatNorms?: "products" | "joined";
  /** Operations on the logits after the last product: a cap takes three, a scale one. */
  readonly logits?: "cap" | "scale" | "scale-and-cap";
  /** Scales what each part adds to the stream (Granite, MiniCPM). */
  readonly scalesResiduals?: boolean;
  /** In which sums the stream is the first source, which decides whose bytes are reused. Default: in neither. */
  readonly residualFirst?: "both" | "mixer" | "feed-forward";
  readonly addsPositions?: boolean;
  /** Takes the wanted rows after the last layer, whose result stays: before or after the last norm. Default: in the last layer. */
  readonly lateRows?: "hidden" | "normed";
  /** Takes the wanted rows after the norm that follows attention, not before it. */
  readonly rowsAfterNorm?: boolean;
  /** Name of the last norm. Default "output_norm". */
  readonly lastNorm?: string;
  /** Ends with the last norm: there is no product with the vocabulary. */
  readonly headless?: boolean;
  /** A layer is one part, a mixer or a feed-forward part, not both (Nemotron-H, Mamba). */
  readonly singleBlocks?: boolean;
  /** Puts the normalized input into the graph before the mixer (Qwen3-Next, Qwen3.5). */
  readonly expandsNorm?: boolean;
}
