import type { DropoutLayer, Layer, ResidualLayer } from "../network/layer.ts";
import { hashText } from "../random.ts";
import type { Builder } from "./builder.ts";
import { lowerActivation } from "./lower-activation.ts";
import { lowerAttention } from "./lower-attention.ts";
import { lowerConvolution } from "./lower-convolution.ts";
import { lowerDense } from "./lower-dense.ts";
import { lowerEmbedding } from "./lower-embedding.ts";
import { lowerNormalization } from "./lower-normalization.ts";
import { lowerAveragePool, lowerMaxPool } from "./lower-pool.ts";
import type { BackwardRequest, Lowered, Value } from "./value.ts";
import { addInto, elementsOfValue, newValue } from "./value.ts";

/** Lowers a flatten layer: the same numbers in another shape. x: (...), y: (elements). */
function lowerFlatten(builder: Builder, input: Value): Lowered {
  return {
    output: { ...input, dimensions: [elementsOfValue(input)], mask: undefined },
    backward: (request) => {
      if (request.into === undefined || request.into === request.dy) return request.dy;
      const numbers = [elementsOfValue(input)];
      builder.emit({
        name: "add",
        writes: [request.into],
        reads: [request.into, request.dy],
        numbers,
        adds: true,
      });
      return request.into;
    },
  };
}

/** y = x / (1 - rate), or 0 with probability `rate`. x, y: of one shape. */
function lowerDropout(builder: Builder, layer: DropoutLayer, path: string, input: Value): Lowered {
  const output = newValue(builder, input.dimensions, `${path} output`, input.mask);
  const emit = (to: number, from: number): void =>
    builder.emit({
      name: "dropout",
      writes: [to],
      reads: [from],
      numbers: [elementsOfValue(input), hashText(path)],
      fractions: [layer.rate],
      mayReplace: [0],
    });
  emit(output.tensor, input.tensor);
  return {
    output,
    backward: (request) => addInto(builder, request, { input, path }, (to) => emit(to, request.dy)),
  };
}

/** y = x + f(x). dy reaches x directly as well, so the first inner layer adds its part to dy in place. x, y: of one shape. */
function lowerResidual(builder: Builder, layer: ResidualLayer, path: string, input: Value): Lowered {
  const inner = lowerLayers(builder, layer.layers, path, input);
  const output = newValue(builder, input.dimensions, `${path} output`, input.mask);
  builder.emit({
    name: "add",
    writes: [output.tensor],
    reads: [inner.output.tensor, input.tensor],
    numbers: [elementsOfValue(input)],
    mayReplace: [0, 1],
  });
  return {
    output,
    backward: (request) => {
      if (!request.wantsInput) return inner.backward(request);
      if (request.into === undefined) return inner.backward({ ...request, into: request.dy });
      // An outer residual needs the sum: dy is added there first, then what comes through the inner layers.
      builder.emit({
        name: "add",
        writes: [request.into],
        reads: [request.into, request.dy],
        numbers: [elementsOfValue(input)],
        adds: true,
      });
      return inner.backward(request);
    },
  };
}

/** Lowers layers in sequence. */
export function lowerLayers(builder: Builder, layers: readonly Layer[], path: string, input: Value): Lowered {
  const lowered: Lowered[] = [];
  let value = input;
  layers.forEach((layer, index) => {
    const each = lowerLayer(builder, layer, `${path}.${index}`, value);
    lowered.push(each);
    value = each.output;
  });
  return { output: value, backward: (request) => backThrough(builder, lowered, request, input) };
}

function backThrough(
  builder: Builder,
  lowered: readonly Lowered[],
  request: BackwardRequest,
  input: Value,
): number | undefined {
  let dy: number | undefined = request.dy;
  for (let index = lowered.length - 1; index > 0 && dy !== undefined; index--) {
    dy = lowered[index]?.backward({ ...request, dy, wantsInput: true, into: undefined });
  }
  const first = lowered[0];
  if (dy === undefined || first === undefined) return undefined;
  if (request.into === undefined || request.into !== dy) return first.backward({ ...request, dy });
  // The only inner layer would add to the tensor that it reads from: a copy of it is set aside first.
  const elements = elementsOfValue(input);
  const aside = builder.tensor("gradients", "sample", input.dimensions, "gradient set aside");
  builder.emit({ name: "activation", writes: [aside], reads: [dy], numbers: [elements, 0] });
  const dx = first.backward({ ...request, dy, into: undefined });
  builder.emit({ name: "add", writes: [request.into], reads: [aside, dx], numbers: [elements], adds: true });
  return request.into;
}

/** Emits a layer's forward operations; returns its output and its backward pass. */
export function lowerLayer(builder: Builder, layer: Layer, path: string, input: Value): Lowered {
  switch (layer.type) {
    case "flatten":
      return lowerFlatten(builder, input);
    case "dense":
      return lowerDense(builder, layer, path, input);
    case "conv2d":
      return lowerConvolution(builder, layer, path, input);
    case "maxPooling2d":
      return lowerMaxPool(builder, layer, path, input);
    case "globalAveragePooling":
      return lowerAveragePool(builder, path, input);
    case "embedding":
      return lowerEmbedding(builder, layer, path, input);
    case "layerNormalization":
      return lowerNormalization(builder, layer, path, input);
    case "multiHeadAttention":
      return lowerAttention(builder, layer, path, input);
    case "dropout":
      return lowerDropout(builder, layer, path, input);
    case "residual":
      return lowerResidual(builder, layer, path, input);
    default:
      return lowerActivation(builder, layer.type, path, input);
  }
}
