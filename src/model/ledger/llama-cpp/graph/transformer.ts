import { attentionInputs, attentionOutput, cachedAttention, type AttentionInputs } from "./attention.ts";
import { expandInto, layerWeight, setting, weight, type Build } from "./build.ts";
import { expertFeedForward } from "./experts.ts";
import { feedForward, sharedNames } from "./feed-forward.ts";
import { embeddingInput, outputPlaces, positionInput } from "./inputs.ts";
import { norm } from "./norm.ts";
import { add, divide, getRows, matrixProduct, multiply, rmsNorm, scale, unary } from "./operations.ts";
import { projections, treated } from "./projections.ts";
import { externalTensor, inputTensor, type GraphTensor } from "./tensor.ts";
import type { Traits } from "./traits.ts";

/** Inputs that all layers read. */
export interface StreamInputs {
  readonly positions: GraphTensor;
  readonly attention: AttentionInputs;
  readonly places: GraphTensor;
  readonly temperature?: GraphTensor | undefined;
}

/** A norm of a layer by its name; without the tensors the value as it is, or normalized without a weight. */
export function layerNorm(
  build: Build,
  layer: number,
  value: GraphTensor,
  name: string,
  traits: Traits,
  always = false,
): GraphTensor {
  const scaling = layerWeight(build, layer, `${name}.weight`);
  if (scaling === undefined && !always) return value;
  return norm(value, traits.norm ?? "rms", scaling, layerWeight(build, layer, `${name}.bias`));
}

function rotates(build: Build, layer: number, traits: Traits): boolean {
  if (traits.rope === "never") return false;
  if (traits.rope === "windowed-only") return build.spec.layers[layer]?.attention?.window !== undefined;
  return traits.rope === undefined || (layer + 1) % traits.rope.skips !== 0;
}

/** Attention of one layer from its normalized input, up to the output product. */
export function attentionPart(
  build: Build,
  layer: number,
  source: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
): GraphTensor {
  const heads = projections(build, layer, source);
  if (heads === undefined) return source;
  const turns = rotates(build, layer, traits);
  let { query, key, value } = treated(build, layer, heads, inputs.positions, {
    norm: traits.headNorm ?? traits.norm ?? "rms",
    rope: turns,
    scaledQueries: traits.scalesQueries === true,
    flatNorms: traits.flatNorms === true,
    normsAfterRope: traits.normsAfterRope === true,
  });
  if (inputs.temperature !== undefined && !turns) query = multiply(query, inputs.temperature);
  if (traits.normalizesHeads === true && turns) {
    query = rmsNorm(query);
    key = rmsNorm(key);
  }
  const sinks = layerWeight(build, layer, "attn_sinks.weight");
  const merged = cachedAttention(
    build,
    layer,
    inputs.attention,
    { query, key, value },
    { sinks, ...(traits.softCap === undefined ? {} : { softCap: traits.softCap }) },
  );
  return attentionOutput(build, layer, merged);
}

function sharedExperts(
  build: Build,
  layer: number,
  source: GraphTensor,
  traits: Traits,
): GraphTensor | undefined {
  if (layerWeight(build, layer, "ffn_up_shexp.weight") === undefined) return undefined;
  const gateMatrix = layerWeight(build, layer, "ffn_gate_inp_shexp.weight");
  let gate: GraphTensor | undefined;
  if (gateMatrix !== undefined) {
    const products = matrixProduct(gateMatrix, source);
    gate = traits.sharedGate === "silu-ratio" ? divide(unary(products), products) : unary(products);
  }
  const shared = feedForward(build, layer, source, traits.activation, sharedNames);
  return gate === undefined ? shared : multiply(shared, gate);
}

/** The feed-forward part of one layer: dense, or routed experts with the shared ones. */
export function feedForwardPart(
  build: Build,
  layer: number,
  source: GraphTensor,
  traits: Traits,
): GraphTensor {
  if (build.spec.layers[layer]?.experts === undefined)
    return feedForward(build, layer, source, traits.activation);
  const early = traits.sharedFirst === true ? sharedExperts(build, layer, source, traits) : undefined;
  const routed = expertFeedForward(
    build,
    layer,
    source,
    traits.routing ?? { gating: "softmax", normalized: true },
  );
  const shared = early ?? sharedExperts(build, layer, source, traits);
  return shared === undefined ? routed : add(routed, shared);
}

function residual(value: GraphTensor, stream: GraphTensor, traits: Traits): GraphTensor {
  const scaled = traits.scalesResiduals === true ? scale(value) : value;
  return traits.residualFirst === true ? add(stream, scaled) : add(scaled, stream);
}

function transformerLayer(
  build: Build,
  layer: number,
  stream: GraphTensor,
  inputs: StreamInputs,
  traits: Traits,
): GraphTensor {
  const last = layer === build.layers - 1;
  const rows = (value: GraphTensor): GraphTensor => (last ? getRows(value, inputs.places) : value);
  const always = traits.norm === "layer";
  const normed = layerNorm(build, layer, stream, "attn_norm", traits, always);
  if (traits.layout === "parallel" || traits.layout === "falcon") {
    const second = layerWeight(build, layer, "attn_norm_2.weight");
    const source = second === undefined ? normed : layerNorm(build, layer, stream, "attn_norm_2", traits);
    const attended = rows(attentionPart(build, layer, source, inputs, traits));
    const kept = rows(stream);
    const inner = feedForwardPart(build, layer, rows(normed), traits);
    if (traits.layout === "falcon") return add(add(inner, attended), kept);
    if (build.spec.architecture === "phi2") return add(add(attended, inner), kept);
    return add(add(inner, kept), attended);
  }
  let attended = rows(attentionPart(build, layer, normed, inputs, traits));
  const kept = rows(stream);
  if (traits.layout === "parallel-norms" && build.spec.settings["use_parallel_residual"] !== false) {
    const inner = feedForwardPart(
      build,
      layer,
      layerNorm(build, layer, kept, "ffn_norm", traits, always),
      traits,
    );
    return add(add(inner, kept), attended);
  }
  attended = layerNorm(build, layer, attended, "post_attention_norm", traits);
  const middle = residual(attended, kept, traits);
  const inner = feedForwardPart(
    build,
    layer,
    layerNorm(build, layer, middle, "ffn_norm", traits, always),
    traits,
  );
  return residual(layerNorm(build, layer, inner, "post_ffw_norm", traits), middle, traits);
}

/** The last norm and the product with the vocabulary: both stay until they are read. */
export function headPart(build: Build, stream: GraphTensor, traits: Traits): void {
  const scaling = weight(build, "output_norm.weight");
  const always = traits.norm === "layer";
  const normed =
    scaling === undefined && !always
      ? stream
      : norm(stream, traits.norm ?? "rms", scaling, weight(build, "output_norm.bias"));
  normed.output = true;
  const matrix =
    weight(build, "output.weight") ??
    weight(build, "token_embd.weight") ??
    externalTensor(build.width, build.vocabulary);
  let logits = matrixProduct(matrix, normed);
  const bias = weight(build, "output.bias");
  if (bias !== undefined) logits = add(logits, bias);
  const cap = traits.logits === "cap" || (setting(build, "final_logit_softcapping") ?? 0) !== 0;
  if (traits.logits === "scale") logits = scale(logits);
  else if (cap) logits = scale(unary(scale(logits)));
  logits.output = true;
  expandInto(build, logits);
}

/** The graph of a transformer whose family is told by its traits. */
export function transformerGraph(build: Build, traits: Traits): void {
  let stream = embeddingInput(build);
  if (traits.scalesEmbeddings === true) stream = scale(stream);
  const positions = positionInput(build);
  const attention = attentionInputs(build);
  if (traits.addsPositions === true) {
    const table = weight(build, "position_embd.weight") ?? externalTensor(build.width, 1);
    stream = add(stream, getRows(table, positions));
  }
  const temperature = traits.temperature === true ? inputTensor("f32", 1, 1, build.run.tokens) : undefined;
  const inputs: StreamInputs = { positions, attention, places: outputPlaces(build), temperature };
  for (let layer = 0; layer < build.layers; layer++) {
    stream = transformerLayer(build, layer, stream, inputs, traits);
  }
  headPart(build, stream, traits);
}
