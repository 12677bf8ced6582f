import { attendToCache, projectOutput } from "../../blocks/attention/attention.ts";
import { attentionInputs } from "../../blocks/attention/cache-inputs.ts";
import { prepareHeads, projectHeads } from "../../blocks/attention/projections.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { applyDense } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput } from "../../blocks/head.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { layersOf, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add, getRows, view } from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Families that use RoPE instead of learned positions. */
const rotating: ReadonlySet<string> = new Set(["nomic-bert", "nomic-bert-moe", "jina-bert-v3"]);

/** Applies a layer norm by its name. */
function applyBertNorm(layer: LayerBuild, value: GraphTensor, name: string): GraphTensor {
  const scaling = layerWeight(layer, `${name}.weight`);
  return applyNorm(value, "layer", scaling, layerWeight(layer, `${name}.bias`));
}

/** Feed-forward part: dense, or experts in every n-th layer. source and result: (width, tokens). */
function applyBertFeedForward(layer: LayerBuild, source: GraphTensor): GraphTensor {
  const every = setting(layer, "moe_every_n_layers") ?? 0;
  if (every > 0 && layer.index % every === 1) {
    return applyExperts(layer, source, { gating: "softmax", normalized: false });
  }
  const up = layerWeight(layer, "ffn_up.weight");
  const wide = up !== undefined && up.shape[1] === 2 * (layerWeight(layer, "ffn_down.weight")?.shape[0] ?? 0);
  return applyDense(layer, source, wide ? "halves" : "plain");
}

/**
 * Builds the graph of BERT and its relatives (llama.cpp v0.5.0, `bert.cpp`): norms after each part, and no product
 * with the vocabulary.
 */
export function buildBertGraph(build: Build): void {
  const { architecture } = build.description;
  const positions = positionInput(build);
  let stream = embedTokens(build);
  const kinds = weight(build, "token_types.weight");
  if (kinds !== undefined) stream = add(stream, view(kinds, [build.width], []));
  const table = architecture === "bert" ? weight(build, "position_embd.weight") : undefined;
  if (table !== undefined) stream = add(getRows(table, positions), stream);
  stream = applyNorm(
    stream,
    "layer",
    weight(build, "token_embd_norm.weight"),
    weight(build, "token_embd_norm.bias"),
  );
  const inputs = attentionInputs(build);
  const outputIndices = outputIndexInput(build);
  for (const layer of layersOf(build)) {
    const heads = projectHeads(layer, stream);
    if (heads === undefined) continue;
    const ready = prepareHeads(layer, heads, positions, {
      norm: "layer",
      rope: rotating.has(architecture),
      scaledQueries: false,
      flatNorms: "joined",
    });
    let attended = projectOutput(layer, attendToCache(layer, inputs, ready));
    if (layer.isLast) {
      attended = getRows(attended, outputIndices);
      stream = getRows(stream, outputIndices);
    }
    let middle = applyBertNorm(layer, add(attended, stream), "attn_output_norm");
    if (layerWeight(layer, "attn_norm_2.weight") !== undefined) {
      middle = applyBertNorm(layer, add(middle, stream), "attn_norm_2");
    }
    stream = applyBertNorm(layer, add(applyBertFeedForward(layer, middle), middle), "layer_output_norm");
  }
  keepOutput(build, stream);
}
