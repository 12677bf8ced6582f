import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { mul, reshape, sub } from "../operations/basic.ts";
import { tile } from "../operations/moving.ts";
import { batchNorm, moments } from "../operations/normalizing.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { firstOf, requireWeight, weightOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

/** Updates a moving average. The variable keeps its size, so only the intermediate operations count. */
function moveAverage(m: TensorMachine, average: Held, value: Held): void {
  m.tidy(() => {
    const change = mul(m, sub(m, average, value), 1);
    m.assign(average, sub(m, average, change));
    return [];
  });
}

export function callBatchNorm(
  call: LayerCall,
  settings: Extract<KerasOperation, { type: "batch-norm" }>,
): Held {
  const m = call.machine;
  const input = firstOf(call);
  const rank = input.shape.length;
  const axis = settings.axis < 0 ? settings.axis + rank : settings.axis;
  const broadcast = axis !== rank - 1;
  const shape = input.shape.map((size, index) => (index === axis ? size : 1));
  const wide = (vector: Held): Held => (broadcast ? reshape(m, vector, shape) : vector);
  const wideIf = (vector: Held | undefined): Held | undefined =>
    vector === undefined ? undefined : wide(vector);
  return m.tidy(() => {
    const [gamma, beta] = [weightOf(call, "gamma"), weightOf(call, "beta")];
    const [average, variance] = [requireWeight(call, "moving_mean"), requireWeight(call, "moving_variance")];
    if (!call.training) {
      const [middle, far] = [wide(average), wide(variance)];
      const offset = wideIf(beta);
      return batchNorm(m, input, { mean: middle, variance: far, offset, scale: wideIf(gamma) });
    }
    const axes = input.shape.flatMap((_, index) => (index === axis ? [] : [index]));
    const [output, middle, far] = m.tidy(() => {
      const [mean, spread] = moments(m, input, axes, false);
      const [wideMean, wideSpread] = [wide(mean), wide(spread)];
      const scale = wideIf(gamma);
      const offset = wideIf(beta);
      return [
        batchNorm(m, input, { mean: wideMean, variance: wideSpread, offset, scale }),
        mean,
        spread,
      ] as const;
    });
    moveAverage(m, average, middle);
    moveAverage(m, variance, far);
    return output;
  });
}

/** Runs a layer normalization. TensorFlow.js first copies means, variances, scale and offset to the full size of the input. */
export function callLayerNorm(
  call: LayerCall,
  settings: Extract<KerasOperation, { type: "layer-norm" }>,
): Held {
  const m = call.machine;
  const input = firstOf(call);
  const { shape } = input;
  const axes = settings.axes.map((axis) => (axis < 0 ? axis + shape.length : axis));
  const within = new Set(axes);
  const wideShape = shape.map((size, axis) => (within.has(axis) ? size : 1));
  const wide = (vector: Held | undefined): Held | undefined =>
    vector === undefined || vector.shape.length === shape.length ? vector : reshape(m, vector, wideShape);
  return m.tidy(() => {
    const [mean, variance] = moments(m, input, axes, true);
    const scale = wide(weightOf(call, "gamma"));
    const offset = wide(weightOf(call, "beta"));
    const along = shape.map((size, axis) => (within.has(axis) ? size : 1));
    const across = shape.map((size, axis) => (within.has(axis) ? 1 : size));
    const parts = {
      mean: tile(m, mean, along),
      variance: tile(m, variance, along),
      scale: scale === undefined ? undefined : tile(m, scale, across),
      offset: offset === undefined ? undefined : tile(m, offset, across),
    };
    return batchNorm(m, input, parts);
  });
}
