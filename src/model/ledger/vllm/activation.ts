import type { ModelDescription } from "../../description/model-description.ts";
import { padVocabulary } from "./vllm-options.ts";
import type { CheckedVllmOptions } from "./vllm-options.ts";
import { MiB } from "../../../shared/units.ts";

/** What the peak depends on. */
export interface ActivationOptions extends Pick<
  CheckedVllmOptions,
  "maxSequences" | "batchedTokens" | "tensorParallel"
> {
  /** False for stages of a pipeline that pass their result on. Default true. */
  readonly samples?: boolean;
  /** Default: that of vLLM 0.17 to 0.21, 14 bytes per logit. */
  readonly release?: { readonly samplerBytes: number };
}

/** Multiprocessors of an H100; other cards have 40 to 188, which changes the sum by about ten MiB. */
const multiprocessors = 132;

/** cuBLAS's workspace in PyTorch on a Hopper card; 8 MiB on others (`CUDABlas.cpp`). */
const productWorkspace = 32 * MiB;

/** Programs of the top-k/top-p kernel, each with one row in four bytes (`topk_topp_triton.py`). */
function samplerPrograms(sequences: number): number {
  return Math.min(multiprocessors, 2 ** Math.ceil(Math.log2(sequences)));
}

/**
 * Returns the experts' workspace (`fused_moe.py`, `workspace_shapes`): the inner row of every chosen token and its input of
 * the next product. It is kept between layers and while sampling, except with mxfp4 kernels (gpt-oss).
 */
function workspaceBytes(
  description: ModelDescription,
  { batchedTokens, tensorParallel }: ActivationOptions,
): { readonly bytes: number; readonly isKept: boolean } {
  const { experts } = description.layers.find((found) => found.experts !== undefined) ?? {};
  const isKept = description.architecture !== "gpt-oss";
  if (experts === undefined) return { bytes: 0, isKept };
  const width = description.embeddingWidth ?? 0;
  const inner = experts.width / tensorParallel;
  const row = Math.max(inner, width) + Math.max(2 * inner, width);
  return { bytes: batchedTokens * experts.used * row * 2, isKept };
}

/**
 * Returns the peak of activations while vLLM profiles itself: the sampler over all sequences, or the widest layer over all
 * tokens, and the experts' workspace. The sampler holds logits in two and in four bytes, probabilities and noise
 * (`v1/sample/sampler.py`), and a row of the vocabulary per program of its kernel. In addition there are the hidden states of
 * all tokens, those of the sampled ones, a random tensor of their size (`gpu_model_runner.py`) and cuBLAS's workspace. The 3
 * and 3.75 of the widest layer are fitted.
 */
export function vllmActivationBytes(
  description: ModelDescription,
  options: ActivationOptions,
): number | undefined {
  const { vocabularySize, embeddingWidth } = description;
  if (vocabularySize === undefined || embeddingWidth === undefined) return undefined;
  const { maxSequences, batchedTokens: tokens, tensorParallel } = options;
  const each = options.release?.samplerBytes ?? 14;
  const widest = description.layers.reduce((most, layer) => Math.max(most, layer.feedForwardWidth ?? 0), 0);
  const sampler =
    options.samples === false || description.cacheless === true
      ? 0
      : padVocabulary(vocabularySize) * (maxSequences * each + samplerPrograms(maxSequences) * 4) +
        (tokens + 2 * maxSequences) * embeddingWidth * 2;
  // A stage that passes its result on also holds the hidden state and the residual that it passes
  const handed = options.samples === false ? 2 : 0;
  const layer = tokens * 2 * ((3 * widest) / tensorParallel + (3.75 + handed) * embeddingWidth);
  const workspace = workspaceBytes(description, options);
  const kept = workspace.isKept ? workspace.bytes : 0;
  return Math.round(productWorkspace + Math.max(sampler + kept, layer + workspace.bytes));
}
