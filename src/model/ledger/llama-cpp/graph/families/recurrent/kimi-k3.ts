import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { applyLatentAttention } from "../../blocks/attention/latent-attention.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { activateSitu, denseNames, sharedNames } from "../../blocks/feed-forward/feed-forward.ts";
import type { FeedForwardNames } from "../../blocks/feed-forward/feed-forward.ts";
import { addHead } from "../../blocks/head.ts";
import { applyDeltaAttention, deltaSizes } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput } from "../../blocks/stream/inputs.ts";
import { applyLayerNorm } from "../../blocks/stream/layer-norm.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { expandInto, layersOf, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  getRows,
  matrixProduct,
  multiply,
  operation,
  reshape,
  rmsNorm,
  softMax,
  sumRows,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/**
 * Mixes the stream (width, tokens) with the kept inputs of earlier blocks (width, count, tokens) by a softmax over
 * scores.
 */
function mixEarlierBlocks(
  kept: GraphTensor | undefined,
  stream: GraphTensor,
  scores: GraphTensor | undefined,
): GraphTensor {
  if (kept === undefined || scores === undefined) return stream;
  const [width, count, tokens] = kept.shape;
  const score = (value: GraphTensor): GraphTensor => sumRows(multiply(rmsNorm(value), scores));
  const all = concat(reshape(score(kept), count, tokens), score(stream), 0);
  const shares = softMax(all);
  const part = (size: number): GraphTensor => contiguous(view(shares, [size, tokens], [shares.strides[1]]));
  const earlier = part(count);
  const own = part(1);
  return add(operation("f32", [width, tokens], kept, earlier), multiply(stream, own));
}

/**
 * Dense part with the SiTU activation, or undefined if the layer has none of these names: (width, tokens) to (width,
 * tokens).
 */
function applyGatedDense(
  layer: LayerBuild,
  source: GraphTensor,
  names: FeedForwardNames,
): GraphTensor | undefined {
  const [gate, up, down] = [names.gate, names.up, names.down].map((name) =>
    layerWeight(layer, `${name}.weight`),
  );
  if (gate === undefined || up === undefined || down === undefined) return undefined;
  return matrixProduct(down, activateSitu(layer, matrixProduct(gate, source), matrixProduct(up, source)));
}

/** Applies experts over a narrower stream, with a projection before and after: (width, tokens) to (width, tokens). */
function applyLatentExperts(layer: LayerBuild, source: GraphTensor): GraphTensor {
  const down = layerWeight(layer, "ffn_routed_down.weight");
  const narrow = down === undefined ? source : matrixProduct(down, source);
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  let routed = applyExperts(layer, narrow, {
    gating: "sigmoid",
    normalized: "as-set",
    activation: "situ",
    logits,
  });
  const scaling = layerWeight(layer, "ffn_routed_norm.weight");
  if (scaling !== undefined) routed = applyNorm(routed, "rms", scaling);
  const up = layerWeight(layer, "ffn_routed_up.weight");
  if (up !== undefined) routed = matrixProduct(up, routed);
  const shared = applyGatedDense(layer, source, sharedNames);
  return shared === undefined ? routed : add(routed, shared);
}

/**
 * Builds the graph of Kimi K3 (llama.cpp v0.5.0, `kimi-k3.cpp`): delta and latent attention as in Kimi Linear. Each
 * block of layers keeps its input, and each part reads a mixture of the kept inputs and the stream.
 */
export function buildKimiK3Graph(build: Build): void {
  const bounded = setting(build, "kda.gate_lower_bound") !== undefined;
  const sizes = deltaSizes(build, bounded ? "bounded" : "softplus");
  const block = setting(build, "attn_res.block_size") ?? 0;
  const scores = (layer: LayerBuild, name: string): GraphTensor | undefined =>
    block > 0 ? layerWeight(layer, `${name}.weight`) : undefined;
  let stream = embedTokens(build);
  const attention = attentionInputs(build, true);
  const states = stateInputs(build);
  const outputIndices = outputIndexInput(build);
  let kept: GraphTensor | undefined;
  for (const layer of layersOf(build)) {
    const before = mixEarlierBlocks(kept, stream, scores(layer, "attn_res_score"));
    const keeps = block > 0 && layer.index % block === 0;
    if (keeps) {
      const own = reshape(stream, build.width, 1, build.run.tokens);
      kept = kept === undefined ? own : concat(kept, own, 1);
    }
    const source = applyLayerNorm(layer, before, "attn_norm");
    expandInto(build, source);
    const attended =
      layer.recurrent === undefined
        ? applyLatentAttention(layer, source, { attention })
        : applyDeltaAttention(layer, source, states, sizes);
    stream = keeps ? attended : add(stream, attended);
    const middle = mixEarlierBlocks(kept, stream, scores(layer, "ffn_res_score"));
    const inner = applyLayerNorm(layer, middle, "ffn_norm");
    const dense = applyGatedDense(layer, inner, denseNames);
    stream = add(stream, dense ?? applyLatentExperts(layer, inner));
  }
  const last = mixEarlierBlocks(
    kept,
    stream,
    block > 0 ? weight(build, "output_res_score.weight") : undefined,
  );
  addHead(build, getRows(last, outputIndices), {}, outputIndices);
}
