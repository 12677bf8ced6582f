// A second, plain implementation of every layer and loss in float64, one sample at a time: the expected results of the kernels.
import type { Conv2dLayer, Layer, Network } from "../network/layer.ts";
import { convolutionGeometry, imageOf } from "../network/shapes.ts";

/** Parameters by name. */
export type ReferenceParameters = ReadonlyMap<string, Float64Array>;

/** A value of one sample. */
export interface Reference {
  readonly data: Float64Array;
  readonly dimensions: readonly number[];
  readonly mask: Float64Array | undefined;
}

function erf(x: number): number {
  // A series for small x, a continued fraction for large x; both to the precision of float64.
  const z = Math.abs(x);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; n < 200; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 60; k > 0; k--) fraction = k / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / (Math.sqrt(Math.PI) * (z + fraction)));
}

const functions: Readonly<Record<string, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => Math.max(0, x),
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: (x) => Math.tanh(x),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
};

function softmaxRows(data: Float64Array, width: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let at = 0; at < data.length; at += width) {
    const row = data.subarray(at, at + width);
    const largest = Math.max(...row);
    const total = row.reduce((sum, x) => sum + Math.exp(x - largest), 0);
    row.forEach((x, j) => (out[at + j] = Math.exp(x - largest) / total));
  }
  return out;
}

function activate(value: Reference, name: string): Reference {
  if (name === "softmax") return { ...value, data: softmaxRows(value.data, value.dimensions.at(-1) ?? 1) };
  const f = functions[name] ?? functions["linear"];
  return { ...value, data: value.data.map((x) => f?.(x) ?? x) };
}

const at = (data: Float64Array | undefined, index: number): number => data?.[index] ?? 0;

function dense(
  value: Reference,
  kernel: Float64Array | undefined,
  bias: Float64Array | undefined,
  units: number,
): Reference {
  const depth = value.dimensions.at(-1) ?? 1;
  const rows = value.data.length / depth;
  const data = new Float64Array(rows * units);
  for (let row = 0; row < rows; row++) {
    for (let unit = 0; unit < units; unit++) {
      let sum = at(bias, unit);
      for (let k = 0; k < depth; k++) sum += at(value.data, row * depth + k) * at(kernel, k * units + unit);
      data[row * units + unit] = sum;
    }
  }
  return { data, dimensions: [...value.dimensions.slice(0, -1), units], mask: value.mask };
}

function convolve(
  value: Reference,
  layer: Conv2dLayer,
  kernel: Float64Array | undefined,
  bias: Float64Array | undefined,
): Reference {
  const g = convolutionGeometry(layer, value.dimensions);
  const { filters } = layer;
  const data = new Float64Array(g.outHeight * g.outWidth * filters);
  for (let row = 0; row < g.outHeight; row++) {
    for (let column = 0; column < g.outWidth; column++) {
      for (let f = 0; f < filters; f++) {
        let sum = at(bias, f);
        for (let p = 0; p < g.high; p++) {
          for (let q = 0; q < g.wide; q++) {
            const y = row * g.stride + p - g.top;
            const x = column * g.stride + q - g.left;
            if (y < 0 || x < 0 || y >= g.height || x >= g.width) continue;
            for (let c = 0; c < g.channels; c++) {
              const weight = at(kernel, ((p * g.wide + q) * g.channels + c) * filters + f);
              sum += at(value.data, (y * g.width + x) * g.channels + c) * weight;
            }
          }
        }
        data[(row * g.outWidth + column) * filters + f] = sum;
      }
    }
  }
  return { data, dimensions: [g.outHeight, g.outWidth, filters], mask: undefined };
}

function maxPool(value: Reference, pool: number, stride: number): Reference {
  const [height, width, channels] = imageOf(value.dimensions);
  const high = Math.floor((height - pool) / stride) + 1;
  const wide = Math.floor((width - pool) / stride) + 1;
  const data = new Float64Array(high * wide * channels).fill(-Infinity);
  for (let row = 0; row < high; row++) {
    for (let column = 0; column < wide; column++) {
      for (let p = 0; p < pool; p++) {
        for (let q = 0; q < pool; q++) {
          for (let c = 0; c < channels; c++) {
            const to = (row * wide + column) * channels + c;
            const x = at(value.data, ((row * stride + p) * width + column * stride + q) * channels + c);
            data[to] = Math.max(at(data, to), x);
          }
        }
      }
    }
  }
  return { data, dimensions: [high, wide, channels], mask: undefined };
}

function averagePool(value: Reference): Reference {
  const channels = value.dimensions.at(-1) ?? 1;
  const rows = value.data.length / channels;
  const counted = Array.from({ length: rows }, (_, row) => value.mask === undefined || value.mask[row] !== 0);
  const count = Math.max(1, counted.filter(Boolean).length);
  const data = new Float64Array(channels);
  for (let row = 0; row < rows; row++) {
    if (counted[row] !== true) continue;
    for (let c = 0; c < channels; c++) data[c] = at(data, c) + at(value.data, row * channels + c) / count;
  }
  return { data, dimensions: [channels], mask: undefined };
}

function normalize(
  value: Reference,
  scale: Float64Array | undefined,
  shift: Float64Array | undefined,
  epsilon: number,
): Reference {
  const width = value.dimensions.at(-1) ?? 1;
  const data = new Float64Array(value.data.length);
  for (let start = 0; start < data.length; start += width) {
    const row = value.data.subarray(start, start + width);
    const mean = row.reduce((sum, x) => sum + x, 0) / width;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width;
    row.forEach((x, j) => {
      data[start + j] = ((x - mean) / Math.sqrt(variance + epsilon)) * at(scale, j) + at(shift, j);
    });
  }
  return { ...value, data };
}

function attend(packed: Reference, heads: number, causal: boolean): Reference {
  const [length = 1, three = 3] = packed.dimensions;
  const width = three / 3;
  const size = width / heads;
  const data = new Float64Array(length * width);
  const part = (row: number, which: number, head: number, k: number): number =>
    at(packed.data, row * three + which * width + head * size + k);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < length; row++) {
      const end = causal ? row + 1 : length;
      const scores = new Float64Array(end);
      for (let other = 0; other < end; other++) {
        let dot = 0;
        for (let k = 0; k < size; k++) dot += part(row, 0, head, k) * part(other, 1, head, k);
        const hidden = packed.mask !== undefined && packed.mask[other] === 0;
        scores[other] = hidden ? -1e30 : dot / Math.sqrt(size);
      }
      const weights = softmaxRows(scores, end);
      for (let k = 0; k < size; k++) {
        let sum = 0;
        for (let other = 0; other < end; other++) sum += at(weights, other) * part(other, 2, head, k);
        data[row * width + head * size + k] = sum;
      }
    }
  }
  return { data, dimensions: [length, width], mask: packed.mask };
}

function embed(
  value: Reference,
  layer: Layer & { type: "embedding" },
  path: string,
  p: ReferenceParameters,
): Reference {
  const { outputDim } = layer;
  const table = p.get(`${path}.embeddings`);
  const positions = p.get(`${path}.positions`);
  const data = new Float64Array(value.data.length * outputDim);
  value.data.forEach((token, row) => {
    for (let j = 0; j < outputDim; j++) {
      data[row * outputDim + j] = at(table, token * outputDim + j) + at(positions, row * outputDim + j);
    }
  });
  const mask = layer.maskZero === true ? value.data : undefined;
  return { data, dimensions: [value.data.length, outputDim], mask };
}

function applyLayer(layer: Layer, path: string, p: ReferenceParameters, value: Reference): Reference {
  const kernel = p.get(`${path}.kernel`);
  const bias = p.get(`${path}.bias`);
  switch (layer.type) {
    case "flatten":
      return { data: value.data, dimensions: [value.data.length], mask: undefined };
    case "dense":
      return activate(dense(value, kernel, bias, layer.units), layer.activation ?? "linear");
    case "conv2d":
      return activate(convolve(value, layer, kernel, bias), layer.activation ?? "linear");
    case "maxPooling2d":
      return maxPool(value, layer.poolSize ?? 2, layer.strides ?? layer.poolSize ?? 2);
    case "globalAveragePooling":
      return averagePool(value);
    case "embedding":
      return embed(value, layer, path, p);
    case "layerNormalization":
      return normalize(value, p.get(`${path}.gamma`), p.get(`${path}.beta`), layer.epsilon ?? 1e-3);
    case "multiHeadAttention": {
      const width = value.dimensions[1] ?? 1;
      const part = (name: string): Float64Array | undefined => p.get(`${path}.${name}`);
      const packed = dense(value, part("query_key_value.kernel"), part("query_key_value.bias"), 3 * width);
      const heads = attend(packed, layer.numHeads, layer.causal ?? false);
      return dense(heads, part("output.kernel"), part("output.bias"), width);
    }
    case "residual": {
      const inner = applyLayers(layer.layers, path, p, value);
      return { ...value, data: value.data.map((x, i) => x + at(inner.data, i)) };
    }
    case "dropout":
      return value;
    default:
      return activate(value, layer.type);
  }
}

function applyLayers(
  layers: readonly Layer[],
  path: string,
  p: ReferenceParameters,
  value: Reference,
): Reference {
  return layers.reduce((each, layer, index) => applyLayer(layer, `${path}.${index}`, p, each), value);
}

/** Computes the output of a network for one sample. */
export function referenceOutput(network: Network, p: ReferenceParameters, input: Float64Array): Float64Array {
  const value = { data: input, dimensions: network.input.shape, mask: undefined };
  return applyLayers(network.layers, "layers", p, value).data;
}

/** Computes the loss of one sample from the network's output: probabilities for the cross-entropies. */
export function referenceLoss(loss: string, output: Float64Array, target: Float64Array): number {
  if (loss === "sparseCategoricalCrossentropy") {
    const width = output.length / target.length;
    return (
      target.reduce((sum, label, row) => sum - Math.log(at(output, row * width + label)), 0) / target.length
    );
  }
  const each = (y: number, t: number): number =>
    loss === "binaryCrossentropy" ? -t * Math.log(y) - (1 - t) * Math.log(1 - y) : (y - t) ** 2;
  return output.reduce((sum, y, i) => sum + each(y, at(target, i)), 0) / output.length;
}
