import { LoadlineError } from "../../shared/errors.ts";
import { describeValue } from "../../shared/options.ts";
import type { Conv2dLayer, Layer, Network } from "./layer.ts";

/** Shape and element type of one example at some point of a network. */
export interface Shape {
  readonly dimensions: readonly number[];
  readonly type: "float32" | "int32";
}

/** Counts the numbers of one example: the product of its dimensions. */
export function elementsOf(dimensions: readonly number[]): number {
  return dimensions.reduce((product, dimension) => product * dimension, 1);
}

/** Sizes of a convolution and the zero rows around its image, as Keras computes them. */
export interface ConvolutionGeometry {
  /** Of the image. */
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Of the kernel. */
  readonly high: number;
  readonly wide: number;
  readonly stride: number;
  /** Zero rows above the image and zero columns to its left. */
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Computes the output size along one side, and the zeros before the image. */
function along(size: number, kernel: number, stride: number, same: boolean): { out: number; before: number } {
  if (!same) return { out: Math.floor((size - kernel) / stride) + 1, before: 0 };
  const out = Math.ceil(size / stride);
  return { out, before: Math.max(0, (out - 1) * stride + kernel - size) >> 1 };
}

/** Returns [height, width, channels]; an image without channels has one. */
export function imageOf(dimensions: readonly number[]): readonly [number, number, number] {
  const [height = 1, width = 1, channels = 1] = dimensions;
  return [height, width, channels];
}

/** Computes the sizes of a convolution over an image. dimensions: [height, width] or [height, width, channels]. */
export function convolutionGeometry(layer: Conv2dLayer, dimensions: readonly number[]): ConvolutionGeometry {
  const [height, width, channels] = imageOf(dimensions);
  const [high, wide] =
    typeof layer.kernelSize === "number" ? [layer.kernelSize, layer.kernelSize] : layer.kernelSize;
  const stride = layer.strides ?? 1;
  const same = layer.padding === "same";
  const rows = along(height, high, stride, same);
  const columns = along(width, wide, stride, same);
  return {
    height,
    width,
    channels,
    high,
    wide,
    stride,
    top: rows.before,
    left: columns.before,
    outHeight: rows.out,
    outWidth: columns.out,
  };
}

function refuse(path: string, layer: Layer, shape: Shape, allowed: string): never {
  throw new LoadlineError(
    "invalid-option",
    `${path} (${layer.type}): got an input of shape [${shape.dimensions.join(", ")}] of ${shape.type}, allowed: ${allowed}`,
    { details: { layer: path, got: describeValue(shape.dimensions), allowed } },
  );
}

function requireImage(path: string, layer: Layer, shape: Shape): void {
  const rank = shape.dimensions.length;
  if (shape.type !== "float32" || rank < 2 || rank > 3) {
    refuse(path, layer, shape, "[height, width] or [height, width, channels] of float32");
  }
}

/** The compiled kernels hold two sides of an image in one 32-bit word. */
const maxSide = 65_535;

function convolutionShape(path: string, layer: Conv2dLayer, shape: Shape): readonly number[] {
  requireImage(path, layer, shape);
  const { outHeight, outWidth } = convolutionGeometry(layer, shape.dimensions);
  if (Math.max(...shape.dimensions.slice(0, 2)) > maxSide) {
    refuse(path, layer, shape, `an image of sides up to ${maxSide}`);
  }
  if (outHeight < 1 || outWidth < 1) refuse(path, layer, shape, "an image no smaller than the kernel");
  return [outHeight, outWidth, layer.filters];
}

function poolShape(path: string, layer: Layer & { type: "maxPooling2d" }, shape: Shape): readonly number[] {
  requireImage(path, layer, shape);
  const [height, width, channels] = imageOf(shape.dimensions);
  const pool = layer.poolSize ?? 2;
  const stride = layer.strides ?? pool;
  if (height < pool || width < pool) refuse(path, layer, shape, `an image of at least ${pool} x ${pool}`);
  return [Math.floor((height - pool) / stride) + 1, Math.floor((width - pool) / stride) + 1, channels];
}

function residualShape(path: string, layer: Layer & { type: "residual" }, shape: Shape): readonly number[] {
  let inner = shape;
  layer.layers.forEach((each, index) => {
    inner = layerShape(`${path}.${index}`, each, inner);
  });
  if (inner.dimensions.join() !== shape.dimensions.join()) {
    refuse(path, layer, inner, `the input's own shape, [${shape.dimensions.join(", ")}]`);
  }
  return inner.dimensions;
}

/** Returns the shape of a layer's output. Errors: `invalid-option`, naming the layer by its path in the network. */
export function layerShape(path: string, layer: Layer, shape: Shape): Shape {
  const { dimensions } = shape;
  if (layer.type === "embedding") {
    if (shape.type !== "int32" || dimensions.length !== 1) refuse(path, layer, shape, "[length] of int32");
    return { dimensions: [...dimensions, layer.outputDim], type: "float32" };
  }
  if (shape.type !== "float32")
    refuse(path, layer, shape, "float32 (put an embedding before it for token ids)");
  switch (layer.type) {
    case "flatten":
      return { dimensions: [elementsOf(dimensions)], type: "float32" };
    case "dense":
      return { dimensions: [...dimensions.slice(0, -1), layer.units], type: "float32" };
    case "conv2d":
      return { dimensions: convolutionShape(path, layer, shape), type: "float32" };
    case "maxPooling2d":
      return { dimensions: poolShape(path, layer, shape), type: "float32" };
    case "globalAveragePooling":
      if (dimensions.length < 2)
        refuse(path, layer, shape, "[length, channels] or [height, width, channels]");
      return { dimensions: dimensions.slice(-1), type: "float32" };
    case "multiHeadAttention":
      if (dimensions.length !== 2 || (dimensions[1] ?? 0) % layer.numHeads !== 0) {
        refuse(path, layer, shape, `[length, width], width a multiple of numHeads ${layer.numHeads}`);
      }
      return shape;
    case "residual":
      return { dimensions: residualShape(path, layer, shape), type: "float32" };
    default:
      return shape;
  }
}

/** Returns the shape before the first layer and after each layer. Errors: `invalid-option`. */
export function inferShapes(network: Network): readonly Shape[] {
  const shapes: Shape[] = [{ dimensions: network.input.shape, type: network.input.type ?? "float32" }];
  network.layers.forEach((layer, index) => {
    const last = shapes.at(-1);
    if (last !== undefined) shapes.push(layerShape(`layers.${index}`, layer, last));
  });
  return shapes;
}
