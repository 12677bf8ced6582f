import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { latentAttention } from "../../blocks/attention/latent-attention.ts";
import { expertFeedForward } from "../../blocks/feed-forward/experts.ts";
import {
  denseNames,
  sharedNames,
  situ,
  type FeedForwardNames,
} from "../../blocks/feed-forward/feed-forward.ts";
import { headPart } from "../../blocks/head.ts";
import { deltaSizes, deltaAttention } from "../../blocks/recurrent/delta-attention.ts";
import { stateInputs } from "../../blocks/recurrent/states.ts";
import { embeddingInput, outputPlaces } from "../../blocks/stream/inputs.ts";
import { layerNorm } from "../../blocks/stream/layer-norm.ts";
import { norm } from "../../blocks/stream/norm.ts";
import {
  expandInto,
  layerWeight,
  setting,
  weight,
  type Build,
  type LayerBuild,
  layersOf,
} from "../../ggml/build.ts";
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

/** The stream and the values kept of earlier layers, weighted by scores of each token. */
function mixed(
  kept: GraphTensor | undefined,
  stream: GraphTensor,
  scores: GraphTensor | undefined,
): GraphTensor {
  if (kept === undefined || scores === undefined) return stream;
  const [width, count, tokens] = kept.shape;
  const scored = (value: GraphTensor): GraphTensor => sumRows(multiply(rmsNorm(value), scores));
  const all = concat(reshape(scored(kept), count, tokens), scored(stream), 0);
  const shares = softMax(all);
  const part = (size: number): GraphTensor => contiguous(view(shares, [size, tokens], [shares.strides[1]]));
  const earlier = part(count);
  const own = part(1);
  return add(operation("f32", [width, tokens], kept, earlier), multiply(stream, own));
}

function gatedPart(layer: LayerBuild, source: GraphTensor, names: FeedForwardNames): GraphTensor | undefined {
  const [gate, up, down] = [names.gate, names.up, names.down].map((name) =>
    layerWeight(layer, `${name}.weight`),
  );
  if (gate === undefined || up === undefined || down === undefined) return undefined;
  return matrixProduct(down, situ(layer, matrixProduct(gate, source), matrixProduct(up, source)));
}

/** Experts over a narrower stream, which a matrix leads into and another out of. */
function latentExperts(layer: LayerBuild, source: GraphTensor): GraphTensor {
  const down = layerWeight(layer, "ffn_routed_down.weight");
  const narrow = down === undefined ? source : matrixProduct(down, source);
  const router = layerWeight(layer, "ffn_gate_inp.weight");
  const logits = router === undefined ? undefined : matrixProduct(router, source);
  let routed = expertFeedForward(layer, narrow, {
    gating: "sigmoid",
    normalized: "as-set",
    activation: "situ",
    logits,
  });
  const scaling = layerWeight(layer, "ffn_routed_norm.weight");
  if (scaling !== undefined) routed = norm(routed, "rms", scaling);
  const up = layerWeight(layer, "ffn_routed_up.weight");
  if (up !== undefined) routed = matrixProduct(up, routed);
  const shared = gatedPart(layer, source, sharedNames);
  return shared === undefined ? routed : add(routed, shared);
}

/**
 * The graph of Kimi K3 (llama.cpp v0.5.0, `kimi-k3.cpp`): delta and latent attention as in Kimi Linear; every block of layers
 * keeps its input, and each part reads a mixture of what was kept and the stream.
 */
export function kimiK3Graph(build: Build): void {
  const bounded = setting(build, "kda.gate_lower_bound") !== undefined;
  const sizes = deltaSizes(build, bounded ? "bounded" : "softplus");
  const block = setting(build, "attn_res.block_size") ?? 0;
  const scores = (layer: LayerBuild, name: string): GraphTensor | undefined =>
    block > 0 ? layerWeight(layer, `${name}.weight`) : undefined;
  let stream = embeddingInput(build);
  const attention = attentionInputs(build, true);
  const states = stateInputs(build);
  const places = outputPlaces(build);
  let kept: GraphTensor | undefined;
  for (const layer of layersOf(build)) {
    const before = mixed(kept, stream, scores(layer, "attn_res_score"));
    const keeps = block > 0 && layer.index % block === 0;
    if (keeps) {
      const own = reshape(stream, build.width, 1, build.run.tokens);
      kept = kept === undefined ? own : concat(kept, own, 1);
    }
    const source = layerNorm(layer, before, "attn_norm");
    expandInto(build, source);
    const attended =
      layer.recurrent === undefined
        ? latentAttention(layer, source, { attention })
        : deltaAttention(layer, source, states, sizes);
    stream = keeps ? attended : add(stream, attended);
    const middle = mixed(kept, stream, scores(layer, "ffn_res_score"));
    const inner = layerNorm(layer, middle, "ffn_norm");
    const dense = gatedPart(layer, inner, denseNames);
    stream = add(stream, dense ?? latentExperts(layer, inner));
  }
  const last = mixed(kept, stream, block > 0 ? weight(build, "output_res_score.weight") : undefined);
  headPart(build, getRows(last, places), {}, places);
}
