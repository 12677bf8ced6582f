import type { ConvolutionSettings, WindowSettings } from "../../../description/keras/network/operation.ts";
import { reshape } from "../operations/basic.ts";
import { conv2d, conv3d, convTranspose, depthwiseConv2d, pool } from "../operations/images.ts";
import { transpose } from "../operations/moving.ts";
import { runFusedConvolution } from "../operations/products.ts";
import type { Fused } from "../operations/products.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { activate } from "./activations.ts";
import { biasAdd, findFusable } from "./dense-layers.ts";
import { firstOf, requireWeight, weightOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

/** Moves channels to the last axis, with which TensorFlow.js computes. */
export function channelsBack(m: TensorMachine, x: Held): Held {
  const space = x.shape.slice(2).map((_, axis) => axis + 2);
  return transpose(m, x, [0, ...space, 1]);
}

/** Moves channels back to the front. */
export function channelsFront(m: TensorMachine, x: Held): Held {
  const last = x.shape.length - 1;
  const space = x.shape.slice(1, -1).map((_, axis) => axis + 1);
  return transpose(m, x, [0, last, ...space]);
}

function reach(settings: WindowSettings, axis: number): number {
  return ((settings.kernel[axis] ?? 1) - 1) * (settings.dilation[axis] ?? 1) + 1;
}

/** Returns the shape after a window over a tensor with its channels last. */
export function shapeAfterWindow(
  shape: readonly number[],
  settings: WindowSettings,
  channels: number,
): readonly number[] {
  const space = shape.slice(1, -1).map((size, axis) => {
    const stride = settings.strides[axis] ?? 1;
    return settings.padding === "valid"
      ? Math.ceil((size - reach(settings, axis) + 1) / stride)
      : Math.ceil(size / stride);
  });
  return [shape[0] ?? 1, ...space, channels];
}

function shapeAfterTransposing(
  shape: readonly number[],
  settings: WindowSettings,
  channels: number,
): readonly number[] {
  const space = shape.slice(1, -1).map((size, axis) => {
    const stride = settings.strides[axis] ?? 1;
    const more = settings.padding === "same" ? 0 : Math.max((settings.kernel[axis] ?? 1) - stride, 0);
    return size * stride + more;
  });
  return [shape[0] ?? 1, ...space, channels];
}

function convolve1d(m: TensorMachine, x: Held, kernel: Held, settings: ConvolutionSettings): Held {
  return m.tidy(() => {
    const filter = reshape(m, kernel, [1, ...kernel.shape]);
    const [batch = 1, length = 1, channels = 1] = x.shape;
    const flat = reshape(m, x, [batch, 1, length, channels]);
    const shape = shapeAfterWindow(x.shape, settings, settings.filters);
    const output = conv2d(m, flat, filter, [batch, 1, ...shape.slice(1)]);
    return reshape(m, output, shape);
  });
}

function convolve2d(
  m: TensorMachine,
  x: Held,
  kernel: Held,
  {
    bias,
    settings,
    fused,
  }: { readonly bias: Held | undefined; readonly settings: ConvolutionSettings; readonly fused: Fused },
): Held {
  return m.tidy(() => {
    const input = settings.channelsFirst ? channelsBack(m, x) : x;
    const shape = shapeAfterWindow(input.shape, settings, settings.filters);
    const output = runFusedConvolution(m, input, kernel, {
      shape,
      bias,
      fused,
      unfused: () => conv2d(m, input, kernel, shape),
    });
    return settings.channelsFirst ? channelsFront(m, output) : output;
  });
}

/** Convolves over 1 or 3 axes. The bias is added while channels are still last. */
function convolveApart(
  m: TensorMachine,
  x: Held,
  kernel: Held,
  { bias, settings }: { readonly bias: Held | undefined; readonly settings: ConvolutionSettings },
): Held {
  return m.tidy(() => {
    const input = settings.channelsFirst ? channelsBack(m, x) : x;
    const product =
      settings.rank === 1
        ? convolve1d(m, input, kernel, settings)
        : conv3d(m, input, kernel, shapeAfterWindow(input.shape, settings, settings.filters));
    const output = bias === undefined ? product : biasAdd(m, product, bias);
    return settings.channelsFirst && settings.rank === 3 ? channelsFront(m, output) : output;
  });
}

export function callConv(call: LayerCall, settings: ConvolutionSettings): Held {
  const m = call.machine;
  return m.tidy(() => {
    const kernel = requireWeight(call, "kernel");
    const bias = weightOf(call, "bias");
    const fused = settings.rank === 2 ? findFusable(settings.activation) : undefined;
    if (fused !== undefined) return convolve2d(m, firstOf(call), kernel, { bias, settings, fused });
    const output =
      settings.rank === 2
        ? convolve2d(m, firstOf(call), kernel, { bias, settings, fused: "linear" })
        : convolveApart(m, firstOf(call), kernel, { bias, settings });
    return activate(m, settings.activation, output);
  });
}

function addBiasAndActivate(call: LayerCall, output: Held, settings: ConvolutionSettings): Held {
  const bias = weightOf(call, "bias");
  const moved = bias === undefined ? output : biasAdd(call.machine, output, bias, settings.channelsFirst);
  return activate(call.machine, settings.activation, moved);
}

export function callConvTranspose(call: LayerCall, settings: ConvolutionSettings): Held {
  const m = call.machine;
  return m.tidy(() => {
    const input = settings.channelsFirst ? channelsBack(m, firstOf(call)) : firstOf(call);
    const shape = shapeAfterTransposing(input.shape, settings, settings.filters);
    const output = convTranspose(m, input, requireWeight(call, "kernel"), shape);
    return addBiasAndActivate(call, settings.channelsFirst ? channelsFront(m, output) : output, settings);
  });
}

export function callDepthwise(call: LayerCall, settings: ConvolutionSettings): Held {
  const m = call.machine;
  return m.tidy(() => {
    const output = m.tidy(() => {
      const input = settings.channelsFirst ? channelsBack(m, firstOf(call)) : firstOf(call);
      const channels = (input.shape.at(-1) ?? 1) * settings.multiplier;
      const shape = shapeAfterWindow(input.shape, settings, channels);
      const product = depthwiseConv2d(m, input, requireWeight(call, "depthwise_kernel"), shape);
      return settings.channelsFirst ? channelsFront(m, product) : product;
    });
    return addBiasAndActivate(call, output, settings);
  });
}

export function callSeparable(call: LayerCall, settings: ConvolutionSettings): Held {
  const m = call.machine;
  return m.tidy(() => {
    const input = settings.channelsFirst ? channelsBack(m, firstOf(call)) : firstOf(call);
    const product = m.tidy(() => {
      const channels = (input.shape.at(-1) ?? 1) * settings.multiplier;
      const shape = shapeAfterWindow(input.shape, settings, channels);
      const depthwise = depthwiseConv2d(m, input, requireWeight(call, "depthwise_kernel"), shape);
      return conv2d(m, depthwise, requireWeight(call, "pointwise_kernel"), [
        ...shape.slice(0, -1),
        settings.filters,
      ]);
    });
    const output = addBiasAndActivate(call, product, settings);
    return settings.channelsFirst ? channelsFront(m, output) : output;
  });
}

/** Runs a pooling layer. Pools a sequence as an image with one column. */
export function callPool(call: LayerCall, settings: WindowSettings, mode: "max" | "average"): Held {
  const m = call.machine;
  const single = settings.kernel.every((size) => size === 1);
  return m.tidy(() => {
    const given = firstOf(call);
    if (settings.rank === 1) {
      const [batch = 1, length = 1, channels = 1] = given.shape;
      const shape = shapeAfterWindow(given.shape, settings, channels);
      const column = reshape(m, given, [batch, length, 1, channels]);
      const output = m.tidy(() =>
        pool(m, column, { mode, shape: [batch, shape[1] ?? 1, 1, channels], single }),
      );
      return reshape(m, output, shape);
    }
    return m.tidy(() => {
      const input = settings.channelsFirst ? channelsBack(m, given) : given;
      const output = pool(m, input, {
        mode,
        shape: shapeAfterWindow(input.shape, settings, input.shape.at(-1) ?? 1),
        single,
      });
      return settings.channelsFirst ? channelsFront(m, output) : output;
    });
  });
}
