import { applyAttention } from "../../blocks/attention-part.ts";
import { applyDecoderLayers, startStream } from "../../blocks/decoder-graph.ts";
import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { applyFinalNorm, keepOutput, logitsOf } from "../../blocks/head.ts";
import { expandInto } from "../../ggml/build.ts";
import type { Build } from "../../ggml/build.ts";
import { concat, operation } from "../../ggml/operations.ts";

/**
 * Builds the graph of Qwen3-TTS (llama.cpp v0.5.0): only its sounds have logits, which are padded to the vocabulary.
 */
export function buildQwen3TtsGraph(build: Build): void {
  const { stream, inputs } = startStream(build);
  const parts = { inputs, traits: {}, mixer: applyAttention, feedForward: applyFeedForward };
  const normed = applyFinalNorm(build, applyDecoderLayers(build, stream, parts), {}, inputs.outputIndices);
  const logits = logitsOf(build, normed, {});
  const [sounds, outputs] = logits.shape;
  if (sounds >= build.vocabulary) {
    keepOutput(build, logits);
    return;
  }
  // The engine computes the padding first
  const padding = operation("f32", [build.vocabulary - sounds, outputs]);
  expandInto(build, padding);
  keepOutput(build, concat(logits, padding, 0));
}
