import type { Spec } from "../../spec/spec.ts";
import { paddedVocabulary, type CheckedVllmOptions } from "./vllm-options.ts";

/** What the peak depends on. */
export interface ActivationOptions extends Pick<
  CheckedVllmOptions,
  "maxSequences" | "batchedTokens" | "tensorParallel"
> {
  /** False for the stages of a pipeline that hand on to another. Default true. */
  readonly samples?: boolean;
  /** Default that of vLLM 0.17 to 0.21: 14 bytes a logit. */
  readonly release?: { readonly samplerBytes: number };
}

/**
 * Peak of activations while vLLM measures itself: the sampler over all sequences, or the widest layer over all tokens. The
 * sampler holds logits in two and in four bytes, probabilities and noise (`v1/sample/sampler.py`); the rest is fitted.
 */
export function vllmActivationBytes(spec: Spec, options: ActivationOptions): number | undefined {
  const { vocabularySize, embeddingWidth } = spec;
  if (vocabularySize === undefined || embeddingWidth === undefined) return undefined;
  const { maxSequences, batchedTokens: tokens, tensorParallel } = options;
  const each = options.release?.samplerBytes ?? 14;
  const widest = spec.layers.reduce((most, layer) => Math.max(most, layer.feedForwardWidth ?? 0), 0);
  const sampler =
    options.samples === false || spec.cacheless === true
      ? 0
      : maxSequences * paddedVocabulary(vocabularySize) * each + 3 * tokens * embeddingWidth * 2;
  // a stage that hands on holds the hidden state and the residual that it hands on
  const handed = options.samples === false ? 2 : 0;
  const layer = tokens * 2 * ((3 * widest) / tensorParallel + (4 + handed) * embeddingWidth);
  const { experts } = spec.layers.find((found) => found.experts !== undefined) ?? {};
  const chosen =
    experts === undefined
      ? 0
      : tokens * experts.used * ((3 * experts.width) / tensorParallel + embeddingWidth) * 2;
  return Math.round(Math.max(sampler, layer) + chosen);
}
