import { LoadlineError } from "../../../../../../shared/errors.ts";
import { attentionInputs, rotationSize, unquantized } from "../../blocks/attention/cache-inputs.ts";
import { compressionRatios, countCompressedCells } from "../../blocks/attention/compression.ts";
import { compressorInputs } from "../../blocks/attention/compressor.ts";
import { applyDeepSeek4Attention } from "../../blocks/attention/deepseek4-attention.ts";
import type { DeepSeek4Inputs } from "../../blocks/attention/deepseek4-attention.ts";
import { applyExperts } from "../../blocks/feed-forward/experts.ts";
import { applyDense, sharedNames } from "../../blocks/feed-forward/feed-forward.ts";
import { keepOutput, vocabularyProduct } from "../../blocks/head.ts";
import { enter, leave, leaveAll } from "../../blocks/stream/hyper-connections.ts";
import { embedTokens, outputIndexInput, positionInput } from "../../blocks/stream/inputs.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { expandInto, layersOf, layerWeight, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import { add, getRows, repeat, reshape } from "../../ggml/operations.ts";
import { inputTensor } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Rotation of keys: for quantized caches, and always if keys are as wide as the indexer's. */
function rotationOf(build: Build, width: number, always: boolean): GraphTensor | undefined {
  const quantized = !unquantized.has(build.run.keyType) && width % 64 === 0;
  const size = rotationSize(width);
  return always || quantized ? inputTensor("f32", size, size) : undefined;
}

/**
 * Makes the inputs of all layers.
 * Errors: `invalid-data` if the file gives no window.
 */
function inputsOf(build: Build, positions: GraphTensor): DeepSeek4Inputs {
  const { cells, flashAttention: flash } = build.run;
  const width = build.description.layers[0]?.attention?.keyWidth ?? 64;
  const indexWidth = setting(build, "attention.indexer.key_length") ?? 128;
  const masks = flash ? "f16" : "f32";
  const { sparse, dense } = compressionRatios;
  const rows = (ratio: number): number => countCompressedCells(cells, ratio);
  const window = attentionInputs(build, true).window;
  if (window === undefined)
    throw new LoadlineError(
      "invalid-data",
      "attention.sliding_window is missing: llama.cpp refuses DeepSeek V4 without the window of its layers. Convert the model again with a converter that writes it",
      { details: { setting: "attention.sliding_window" } },
    );
  const turn = (): GraphTensor | undefined => rotationOf(build, width, width === indexWidth);
  const ofSparse = { ratio: sparse, overlaps: true, cells: rows(sparse) };
  const ofDense = { ratio: dense, overlaps: false, cells: rows(dense) };
  const keys = { name: "attn", width } as const;
  const index = { name: "indexer", width: indexWidth, ...ofSparse } as const;
  return {
    positions,
    window: { ...window, keyRotation: turn() },
    sparse: compressorInputs(build, { ...keys, ...ofSparse }, masks, turn()),
    dense: compressorInputs(build, { ...keys, ...ofDense }, masks, turn()),
    indexer: compressorInputs(build, index, "f16", rotationOf(build, indexWidth, true)),
  };
}

/** Applies the experts of a layer; the first layers choose them only by the token id. source and result: (width, tokens). */
function applyHashedExperts(
  layer: LayerBuild,
  source: GraphTensor,
  tokens: GraphTensor | undefined,
): GraphTensor {
  const table = layerWeight(layer, "ffn_gate_tid2eid.weight");
  const hashed = layer.index < (setting(layer, "hash_layer_count") ?? 0);
  const chosen = hashed && table !== undefined && tokens !== undefined ? getRows(table, tokens) : undefined;
  return applyExperts(layer, source, {
    gating: "square-root-softplus",
    normalized: "as-set",
    activation: "gated",
    ...(chosen === undefined ? {} : { chosen }),
  });
}

/**
 * Builds the graph of DeepSeek V4 (llama.cpp v0.5.0, `deepseek4.cpp`): several residual streams, of which each part
 * reads a mixture, and attention over a window and compressed rows of older tokens.
 */
export function buildDeepSeek4Graph(build: Build): void {
  const { tokens, outputs } = build.run;
  const count = setting(build, "hyper_connection.count") ?? 4;
  const embedded = embedTokens(build);
  const numbers = embedded.sources.find((source) => source.input);
  const positions = positionInput(build);
  const outputIndices = outputIndexInput(build);
  const inputs = inputsOf(build, positions);
  expandInto(build, inputs.window.mask);
  const ratios = build.description.settings["attention.compress_ratios"];
  let streams = repeat(reshape(embedded, build.width, 1, tokens), build.width, count, tokens);
  for (const layer of layersOf(build)) {
    const attention = enter(layer, streams, "attn");
    const source = applyNorm(attention.value, "rms", layerWeight(layer, "attn_norm.weight"));
    const ratio = Array.isArray(ratios) ? Number(ratios[layer.index] ?? 0) : 0;
    streams = leave(applyDeepSeek4Attention(layer, source, inputs, ratio), streams, attention);
    const inner = enter(layer, streams, "ffn");
    for (const tensor of [streams, inner.post, inner.mixture]) expandInto(build, tensor);
    const normed = applyNorm(inner.value, "rms", layerWeight(layer, "ffn_norm.weight"));
    const routed = applyHashedExperts(layer, normed, numbers);
    const shared = applyDense(layer, normed, "plain", { ...sharedNames, limits: undefined });
    streams = leave(add(routed, shared), streams, inner);
  }
  const rows = getRows(reshape(streams, build.width * count, tokens), outputIndices);
  const last = leaveAll(build, reshape(rows, build.width, count, outputs));
  const result = applyNorm(last, "rms", weight(build, "output_norm.weight"));
  result.output = true;
  keepOutput(build, vocabularyProduct(build, result));
}
