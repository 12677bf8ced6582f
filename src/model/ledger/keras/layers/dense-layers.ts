import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { add, cast, reshape, zerosLike } from "../operations/basic.ts";
import { compare } from "../operations/compare.ts";
import { gather, transpose } from "../operations/moving.ts";
import { denseProduct } from "../operations/products.ts";
import type { Fused } from "../operations/products.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { activate } from "./activations.ts";
import { firstOf, requireWeight, weightOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

/** Returns the activation if it can be fused with a product. */
export function findFusable(activation: string): Fused | undefined {
  return activation === "linear" || activation === "relu" || activation === "elu" ? activation : undefined;
}

/** Reshapes a bias to be added to a tensor of a rank. For ranks 1 and 2 it stays a vector. */
export function reshapeBias(m: TensorMachine, bias: Held, rank: number, channelsFirst = false): Held {
  if (rank < 3) return bias;
  const size = bias.shape[0] ?? 1;
  const ones = Array.from({ length: rank - 2 }, () => 1);
  return reshape(m, bias, channelsFirst ? [1, size, ...ones] : [1, ...ones, size]);
}

/** Adds a bias to the channels. */
export function biasAdd(m: TensorMachine, x: Held, bias: Held, channelsFirst = false): Held {
  return m.tidy(() => add(m, x, reshapeBias(m, bias, x.shape.length, channelsFirst)));
}

/** Multiplies the last axis of `x` by a matrix. Inputs of more than two dimensions are flattened, which copies the matrix. */
export function dot(
  m: TensorMachine,
  x: Held,
  matrix: Held,
  { fused = "linear", bias }: { readonly fused?: Fused | undefined; readonly bias?: Held | undefined } = {},
): Held {
  if (x.shape.length === 2) return denseProduct(m, x, matrix, { bias, fused });
  const [width = 1, units = 1] = matrix.shape;
  const rows = x.shape.slice(0, -1).reduce((all, size) => all * size, 1);
  const flat = reshape(m, x, [rows, width]);
  const copy = reshape(m, transpose(m, matrix, [0, 1]), [width, units]);
  return reshape(m, denseProduct(m, flat, copy, { bias, fused }), [...x.shape.slice(0, -1), units]);
}

export function callDense(call: LayerCall, settings: Extract<KerasOperation, { type: "dense" }>): Held {
  const m = call.machine;
  return m.tidy(() => {
    const kernel = requireWeight(call, "kernel");
    const bias = weightOf(call, "bias");
    const fused = findFusable(settings.activation);
    if (fused !== undefined) return dot(m, firstOf(call), kernel, { fused, bias });
    const product = dot(m, firstOf(call), kernel);
    return activate(m, settings.activation, bias === undefined ? product : biasAdd(m, product, bias));
  });
}

export function callEmbedding(
  call: LayerCall,
  settings: Extract<KerasOperation, { type: "embedding" }>,
): Held {
  const m = call.machine;
  return m.tidy(() => {
    const given = firstOf(call);
    const input = given.type === "int32" ? given : cast(m, given, "int32");
    const count = input.shape.reduce((all, size) => all * size, 1);
    const places = reshape(m, input, [count]);
    const rows = m.tidy(() => gather(m, requireWeight(call, "embeddings"), cast(m, places, "int32")));
    return reshape(m, rows, [...input.shape, settings.width]);
  });
}

/** Returns a mask that is true for tokens that are not padding. */
export function embeddingMask(m: TensorMachine, input: Held): Held {
  return m.tidy(() => compare(m, "NotEqual", input, zerosLike(m, input)));
}
