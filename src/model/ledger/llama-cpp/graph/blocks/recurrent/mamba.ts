import { layerWeight, layerWeightOr, setting } from "../../ggml/build.ts";
import type { Build, LayerBuild } from "../../ggml/build.ts";
import {
  add,
  concat,
  contiguous,
  glu,
  matrixProduct,
  multiply,
  operation,
  reshape,
  transpose,
  unary,
  view,
} from "../../ggml/operations.ts";
import { elementsOf } from "../../ggml/tensor.ts";
import type { GraphTensor } from "../../ggml/tensor.ts";
import { applyNorm } from "../stream/norm.ts";
import { readStates, stateStore, writeStates } from "./states.ts";
import type { StateInputs } from "./states.ts";

/** Sizes of a Mamba layer. `tokens` are per sequence. */
export interface MambaSizes {
  /** Taps of the convolution. */
  readonly kernel: number;
  /** Width of the values. */
  readonly inner: number;
  /** State elements per channel. */
  readonly state: number;
  /** Rank of the time step (Mamba), or heads (Mamba 2). */
  readonly rank: number;
  readonly groups: number;
  readonly tokens: number;
  readonly sequences: number;
}

/** Sizes by the file's settings. */
export function mambaSizes(build: Build): MambaSizes {
  return {
    kernel: setting(build, "ssm.conv_kernel") ?? 1,
    inner: setting(build, "ssm.inner_size") ?? build.width,
    state: setting(build, "ssm.state_size") ?? 1,
    rank: setting(build, "ssm.time_step_rank") ?? 1,
    groups: setting(build, "ssm.group_count") ?? 1,
    tokens: build.run.tokens / build.run.sequences,
    sequences: build.run.sequences,
  };
}

/**
 * Prepends the past columns of the convolution and writes the last ones back. columns: (channels, tokens, sequences);
 * result: (kept + tokens, channels, sequences).
 */
export function joinPastColumns(
  build: Build,
  inputs: StateInputs,
  columns: GraphTensor,
  kept: number,
): GraphTensor {
  const [channels] = columns.shape;
  const { sequences } = build.run;
  const store = stateStore(build, kept * channels);
  const past = reshape(readStates(build, inputs, store), kept, channels, sequences);
  const joined = concat(past, transpose(columns), 0);
  writeStates(
    build,
    view(joined, [kept, channels, sequences], [joined.strides[1], joined.strides[2]]),
    store,
  );
  return joined;
}

/** Adds the convolution's bias, then activates. */
function activateBiased(layer: LayerBuild, value: GraphTensor): GraphTensor {
  const bias = layerWeight(layer, "ssm_conv1d.bias");
  return unary(bias === undefined ? value : add(value, bias));
}

/** Runs the selective scan and writes the states back. Result: the values, followed by the new states. */
export function scanStates(
  layer: LayerBuild,
  inputs: StateInputs,
  sizes: MambaSizes,
  parts: {
    readonly x: GraphTensor;
    readonly dt: GraphTensor;
    readonly b: GraphTensor;
    readonly c: GraphTensor;
  },
): GraphTensor {
  const elements = sizes.state * sizes.inner;
  const store = stateStore(layer, elements);
  const decay = layerWeightOr(layer, "ssm_a", 1);
  const result = readStates(layer, inputs, store, (states, ids) =>
    operation(
      "f32",
      [elementsOf(parts.x) + elements * sizes.sequences],
      reshape(states, elements, sizes.sequences),
      parts.x,
      parts.dt,
      decay,
      parts.b,
      parts.c,
      ids,
    ),
  );
  writeStates(layer, view(result, [elements * sizes.sequences], []), store);
  return result;
}

/** Applies a layer of Mamba 1 (llama.cpp v0.5.0, `build_mamba_layer`). source and result: (width, tokens). */
export function applyMamba(layer: LayerBuild, source: GraphTensor, inputs: StateInputs): GraphTensor {
  const sizes = mambaSizes(layer);
  const { kernel, inner, state, rank, tokens, sequences } = sizes;
  const rows = reshape(source, source.shape[0], tokens, sequences);
  const both = matrixProduct(layerWeightOr(layer, "ssm_in.weight", layer.width, 2 * inner), rows);
  const strides = [both.strides[1], both.strides[2]];
  const x0 = view(both, [inner, tokens, sequences], strides);
  const z = view(both, [inner, tokens, sequences], strides);
  const joined = joinPastColumns(layer, inputs, x0, kernel - 1);
  const convolution = layerWeightOr(layer, "ssm_conv1d.weight", kernel, inner);
  const x1 = activateBiased(layer, operation("f32", [inner, tokens, sequences], joined, convolution));
  const all = matrixProduct(layerWeightOr(layer, "ssm_x.weight", inner, rank + 2 * state), x1);
  let dt = view(all, [rank, tokens, sequences], [all.strides[1], all.strides[2]]);
  let b = view(all, [state, 1, tokens, sequences], [state * 4, all.strides[1], all.strides[2]]);
  let c = view(all, [state, 1, tokens, sequences], [state * 4, all.strides[1], all.strides[2]]);
  const norms = ["ssm_dt_norm", "ssm_b_norm", "ssm_c_norm"].map((name) =>
    layerWeight(layer, `${name}.weight`),
  );
  if (
    layer.description.settings["ssm.dt_b_c_rms"] === true ||
    norms.every((weight) => weight !== undefined)
  ) {
    dt = applyNorm(dt, "rms", norms[0]);
    b = applyNorm(b, "rms", norms[1]);
    c = applyNorm(c, "rms", norms[2]);
  } else dt = contiguous(dt);
  dt = add(
    matrixProduct(layerWeightOr(layer, "ssm_dt.weight", rank, inner), dt),
    layerWeightOr(layer, "ssm_dt.bias", inner),
  );
  const x = reshape(x1, 1, inner, tokens, sequences);
  const result = scanStates(layer, inputs, sizes, { x, dt, b, c });
  let y = view(result, [inner, tokens, sequences], [x.strides[2], x.strides[3]]);
  y = add(y, multiply(x1, layerWeightOr(layer, "ssm_d", inner)));
  y = glu(contiguous(z), y);
  const out = matrixProduct(layerWeightOr(layer, "ssm_out.weight", inner, layer.width), y);
  return reshape(out, out.shape[0], layer.run.tokens);
}

/** Applies a layer of Mamba 2 (llama.cpp v0.5.0, `build_mamba2_layer`). source and result: (width, tokens). */
export function applyMamba2(layer: LayerBuild, source: GraphTensor, inputs: StateInputs): GraphTensor {
  const sizes = mambaSizes(layer);
  const { kernel, inner, state, rank: heads, groups, tokens, sequences } = sizes;
  const width = inner / heads;
  const channels = inner + 2 * groups * state;
  const product = matrixProduct(
    layerWeightOr(layer, "ssm_in.weight", layer.width, inner + channels + heads),
    source,
  );
  const all = reshape(product, product.shape[0], tokens, sequences);
  const [, s1, s2] = all.strides;
  const z = view(all, [width, heads, tokens, sequences], [width * 4, s1, s2]);
  const mixed = view(all, [channels, tokens, sequences], [s1, s2]);
  const dt0 = view(all, [heads, tokens, sequences], [s1, s2]);
  const joined = joinPastColumns(layer, inputs, mixed, kernel - 1);
  const convolution = layerWeightOr(layer, "ssm_conv1d.weight", kernel, channels);
  const xbc = activateBiased(layer, operation("f32", [channels, tokens, sequences], joined, convolution));
  const x = view(xbc, [width, heads, tokens, sequences], [width * 4, xbc.strides[1], xbc.strides[2]]);
  const b = view(xbc, [state, groups, tokens, sequences], [state * 4, xbc.strides[1], xbc.strides[2]]);
  const c = view(xbc, [state, groups, tokens, sequences], [state * 4, xbc.strides[1], xbc.strides[2]]);
  const dt = add(contiguous(dt0), layerWeightOr(layer, "ssm_dt.bias", heads));
  const result = scanStates(layer, inputs, sizes, { x, dt, b, c });
  let y = view(
    result,
    [width, heads, tokens, sequences],
    [x.strides[1], heads * x.strides[1], tokens * heads * x.strides[1]],
  );
  y = add(y, multiply(x, layerWeightOr(layer, "ssm_d", 1, heads)));
  y = glu(contiguous(z), y);
  const scaling = layerWeight(layer, "ssm_norm.weight");
  if (scaling !== undefined)
    y = applyNorm(reshape(y, inner / groups, groups, tokens, sequences), "rms", scaling);
  return matrixProduct(
    layerWeightOr(layer, "ssm_out.weight", inner, layer.width),
    reshape(y, inner, layer.run.tokens),
  );
}
