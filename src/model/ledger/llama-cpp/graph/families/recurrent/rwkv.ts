import { applyFeedForward } from "../../blocks/feed-forward-part.ts";
import { addHead } from "../../blocks/head.ts";
import { applyTimeMix6, applyTimeMix7 } from "../../blocks/recurrent/rwkv-time-mix.ts";
import type { RwkvSizes } from "../../blocks/recurrent/rwkv-time-mix.ts";
import { readStates, stateInputs, stateStore } from "../../blocks/recurrent/states.ts";
import type { StateInputs } from "../../blocks/recurrent/states.ts";
import { embedTokens, outputIndexInput, takeLastRows } from "../../blocks/stream/inputs.ts";
import { applyNorm } from "../../blocks/stream/norm.ts";
import { expandInto, layersOf, layerWeight, layerWeightOr, setting, weight } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  copyInto,
  matrixProduct,
  multiply,
  reshape,
  scale,
  square,
  subtract,
  unary,
  view,
} from "../../ggml/operations.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";

/** Mixes a value with the token before: value + shift × weight. */
function mixWithPrevious(
  layer: LayerBuild,
  shift: GraphTensor,
  value: GraphTensor,
  name: string,
): GraphTensor {
  return add(multiply(shift, layerWeightOr(layer, `channel_mix_lerp_${name}.weight`, layer.width)), value);
}

/** Multiplies with a matrix of the channel mix. */
function projectChannelMix(layer: LayerBuild, value: GraphTensor, name: string): GraphTensor {
  return matrixProduct(
    layerWeightOr(layer, `channel_mix_${name}.weight`, value.shape[0], layer.width),
    value,
  );
}

/** Applies the channel mix of RWKV 6, and of RWKV 7, which has no receptance. value and previous: (width, tokens). */
function applyChannelMix(layer: LayerBuild, value: GraphTensor, previous: GraphTensor): GraphTensor {
  const shift = subtract(previous, value);
  const forKey = mixWithPrevious(layer, shift, value, "k");
  if (layerWeight(layer, "channel_mix_receptance.weight") === undefined) {
    return projectChannelMix(layer, square(unary(projectChannelMix(layer, forKey, "key"))), "value");
  }
  const receptance = unary(projectChannelMix(layer, mixWithPrevious(layer, shift, value, "r"), "receptance"));
  const key = square(unary(projectChannelMix(layer, forKey, "key")));
  return multiply(receptance, projectChannelMix(layer, key, "value"));
}

/** The last values of each sequence, kept for its next token. */
interface Shifts {
  readonly forAttention: GraphTensor;
  readonly forChannels: GraphTensor | undefined;
  readonly store: GraphTensor;
}

/** Reads the kept values from their store. */
function loadShifts(build: Build, states: StateInputs, count: number): Shifts {
  const { width } = build;
  const { sequences } = build.run;
  const store = stateStore(build, count * width);
  const rows = reshape(readStates(build, states, store), width, count, sequences);
  if (count === 1) return { forAttention: rows, forChannels: undefined, store };
  const part = (): GraphTensor => view(rows, [width, 1, sequences], [rows.strides[1], rows.strides[2]]);
  return { forAttention: part(), forChannels: part(), store };
}

/**
 * Shifts by one token: the kept value of each sequence, then its tokens except the last. (width, tokens, sequences).
 */
function shiftTokens(first: GraphTensor, value: GraphTensor, sizes: RwkvSizes): GraphTensor {
  const earlier = view(
    value,
    [value.shape[0], sizes.tokens - 1, sizes.sequences],
    [value.strides[1], value.strides[2]],
  );
  return concat(first, earlier, 1);
}

/** Returns the last token of each sequence: (width, 1, sequences). */
function lastOf(value: GraphTensor, sizes: RwkvSizes): GraphTensor {
  return view(value, [value.shape[0], 1, sizes.sequences], [value.strides[1], value.strides[2]]);
}

/** Writes the last values back to their store. */
function storeShifts(build: Build, value: GraphTensor, store: GraphTensor, elements: number): void {
  expandInto(build, copyInto(view(value, [elements], []), view(store, [elements], [])));
}

/** Embeds the tokens, normalized if the family does so. */
function startRwkvStream(build: Build, normed: boolean): GraphTensor {
  const stream = embedTokens(build);
  if (!normed) return stream;
  return applyNorm(
    stream,
    "layer",
    weight(build, "token_embd_norm.weight"),
    weight(build, "token_embd_norm.bias"),
  );
}

/**
 * Builds the graph of the RWKV families (llama.cpp v0.5.0, `rwkv6.cpp`, `rwkv7.cpp` and those with Qwen's feed-forward
 * part).
 */
export function buildRwkvGraph(build: Build): void {
  const { architecture } = build.description;
  const seventh = architecture === "rwkv7" || architecture === "arwkv7";
  const withChannels = architecture === "rwkv6" || architecture === "rwkv7";
  const kind = withChannels ? "layer" : "rms";
  const headWidth = setting(build, "wkv.head_size") ?? 64;
  const { width } = build;
  const { sequences } = build.run;
  const sizes: RwkvSizes = {
    tokens: build.run.tokens / sequences,
    sequences,
    headWidth,
    heads: width / headWidth,
  };
  let stream = startRwkvStream(build, withChannels);
  const states = stateInputs(build);
  const outputIndices = outputIndexInput(build);
  const shiftCount = setting(build, "token_shift_count") ?? 2;
  const rescale = setting(build, "rescale_every_n_layers") ?? 0;
  let firstValue: GraphTensor | undefined;
  const applyRwkvNorm = (layer: LayerBuild, value: GraphTensor, name: string): GraphTensor =>
    applyNorm(value, kind, layerWeight(layer, `${name}.weight`), layerWeight(layer, `${name}.bias`));
  for (const layer of layersOf(build)) {
    const rows = (value: GraphTensor): GraphTensor => takeLastRows(layer, value, outputIndices);
    const flatRows = (value: GraphTensor): GraphTensor => rows(reshape(value, width, build.run.tokens));
    const entering = reshape(stream, width, sizes.tokens, sequences);
    const shifts = loadShifts(build, states, shiftCount);
    const normed = applyRwkvNorm(layer, entering, "attn_norm");
    const previous = shiftTokens(shifts.forAttention, normed, sizes);
    let attended: GraphTensor;
    if (seventh) {
      const result = applyTimeMix7(layer, { normed, previous, states, sizes }, firstValue);
      attended = result.value;
      firstValue = result.firstValue;
    } else attended = applyTimeMix6(layer, { normed, previous, states, sizes });
    if (withChannels && shifts.forChannels !== undefined) {
      const middle = add(attended, entering);
      const second = applyRwkvNorm(layer, middle, "attn_norm_2");
      const before = shiftTokens(shifts.forChannels, second, sizes);
      storeShifts(
        build,
        concat(lastOf(normed, sizes), lastOf(second, sizes), 1),
        shifts.store,
        width * sequences * shiftCount,
      );
      const kept = flatRows(middle);
      const inner = applyChannelMix(layer, flatRows(second), flatRows(before));
      stream = add(inner, kept);
    } else {
      storeShifts(build, lastOf(normed, sizes), shifts.store, width * sequences * shiftCount);
      const kept = flatRows(add(attended, entering));
      stream = add(applyFeedForward(layer, applyRwkvNorm(layer, kept, "ffn_norm"), {}), kept);
    }
    if (architecture === "rwkv6" && rescale !== 0 && (layer.index + 1) % rescale === 0)
      stream = scale(stream);
  }
  addHead(build, stream, { norm: kind }, outputIndices);
}
