import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { add, cast, elements, mean, mul, reshape, sub, sum } from "../operations/basic.ts";
import { any, compare } from "../operations/compare.ts";
import { pad, resize, slice, tile, transpose } from "../operations/moving.ts";
import { outputOf } from "../operations/held-tensor.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { clip, elu, exp, leakyRelu, log, max, prelu, relu, softmax } from "../operations/unary.ts";
import { activate } from "./activations.ts";
import { channelsBack, channelsFront } from "./convolution-layers.ts";
import { firstOf, requireWeight } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

function flatten(m: TensorMachine, input: Held, channelsFirst: boolean): Held {
  return m.tidy(() => {
    const moved = channelsFirst && input.shape.length > 1 ? channelsBack(m, input) : input;
    return reshape(m, moved, [input.shape[0] ?? 1, elements(input.shape.slice(1))]);
  });
}

function resolveTarget(input: Held, target: readonly number[]): readonly number[] {
  const known = target.reduce((all, size) => (size === -1 ? all : all * size), 1);
  const all = elements(input.shape.slice(1));
  return [input.shape[0] ?? 1, ...target.map((size) => (size === -1 ? all / known : size))];
}

/** Crops both directions one after the other, even if one stays complete. */
function crop(
  m: TensorMachine,
  input: Held,
  settings: Extract<KerasOperation, { type: "crop" | "pad" }>,
): Held {
  const start = settings.channelsFirst ? 2 : 1;
  return m.tidy(() => {
    let output = input;
    settings.amounts.forEach(([before, after], index) => {
      const shape = output.shape.map((size, axis) => (axis === start + index ? size - before - after : size));
      output = slice(m, output, shape);
    });
    return output;
  });
}

function padInput(
  m: TensorMachine,
  input: Held,
  settings: Extract<KerasOperation, { type: "crop" | "pad" }>,
): Held {
  const start = settings.channelsFirst ? 2 : 1;
  const shape = input.shape.map((size, axis) => {
    const [before = 0, after = 0] = settings.amounts[axis - start] ?? [];
    return size + before + after;
  });
  return pad(m, input, shape);
}

function upsample(
  m: TensorMachine,
  given: Held,
  settings: Extract<KerasOperation, { type: "upsample" }>,
): Held {
  return m.tidy(() => {
    const input = settings.channelsFirst ? channelsBack(m, given) : given;
    const [, height = 1, width = 1] = input.shape;
    const [down = 1, across = 1] = settings.factors;
    const output = resize(m, input, {
      height: height * down,
      width: width * across,
      nearest: settings.nearest,
    });
    return settings.channelsFirst ? channelsFront(m, output) : output;
  });
}

/** Runs a softmax. A large number is subtracted from masked steps. */
function softmaxOver(call: LayerCall, axes: readonly number[]): Held {
  const m = call.machine;
  return m.tidy(() => {
    const given = firstOf(call);
    const { mask } = call;
    const x =
      mask === undefined
        ? given
        : add(m, given, mul(m, sub(m, m.make(given.shape), cast(m, mask, "float32")), m.make([])));
    const [only = -1] = axes;
    if (axes.length <= 1) {
      if (only !== -1 && only !== x.shape.length - 1)
        m.faults.add("TensorFlow.js supports softmax only over the last axis");
      return softmax(m, x);
    }
    const shifted = m.tidy(() => {
      const most = max(m, x, axes, true);
      const logs = log(m, sum(m, exp(m, sub(m, x, most)), axes));
      return reshape(m, add(m, reshape(m, most, logs.shape), logs), most.shape);
    });
    return exp(m, sub(m, x, shifted));
  });
}

function centerCrop(m: TensorMachine, input: Held, height: number, width: number): Held {
  const [batch = 1, , , channels = 1] = input.shape;
  return m.tidy(() => {
    const boxes = m.make([batch, 4]);
    const places = m.run("Range", {}, outputOf([batch], "int32"));
    const cropped = m.run(
      "CropAndResize",
      { image: input, boxes, places },
      outputOf([batch, height, width, channels]),
    );
    return cast(m, cropped, input.type);
  });
}

/** Returns a mask that is true for steps with any value other than the mask's. */
export function stepMask(m: TensorMachine, input: Held, keep: boolean): Held {
  return any(m, compare(m, "NotEqual", input, 0), [input.shape.length - 1], keep);
}

/** Runs a layer with one input and one output that needs only its settings. */
export function callShaping(call: LayerCall, settings: KerasOperation): Held | undefined {
  const m = call.machine;
  const x = firstOf(call);
  switch (settings.type) {
    case "activation":
      return m.tidy(() => activate(m, settings.activation, x));
    case "relu":
      // Without a scope of its own: an uncapped result stays until the network is done.
      return settings.capped ? clip(m, relu(m, x)) : relu(m, x);
    case "leaky-relu":
      return leakyRelu(m, x);
    case "elu":
      return elu(m, x);
    case "thresholded-relu":
      return mul(m, x, cast(m, compare(m, "Greater", x, 0), "float32"));
    case "prelu":
      return prelu(m, x, requireWeight(call, "alpha"));
    case "softmax":
      return softmaxOver(call, settings.axes);
    case "flatten":
      return flatten(m, x, settings.channelsFirst);
    case "reshape":
      return m.tidy(() => reshape(m, x, resolveTarget(x, settings.target)));
    case "permute":
      return transpose(m, x, [0, ...settings.axes]);
    case "repeat":
      return m.tidy(() =>
        tile(m, reshape(m, x, [x.shape[0] ?? 1, 1, x.shape[1] ?? 1]), [1, settings.count, 1]),
      );
    case "masking":
      return m.tidy(() => mul(m, x, cast(m, stepMask(m, x, true), x.type)));
    case "crop":
      return crop(m, x, settings);
    case "pad":
      return padInput(m, x, settings);
    case "upsample":
      return upsample(m, x, settings);
    case "rescale":
      return m.tidy(() => add(m, mul(m, x.type === "float32" ? x : cast(m, x, "float32"), 1), 1));
    case "resize":
      return resize(m, x, { height: settings.height, width: settings.width, nearest: settings.nearest });
    case "center-crop":
      return centerCrop(m, x, settings.height, settings.width);
    case "global-pool": {
      const axes = x.shape.flatMap((_, axis) =>
        axis === 0 || axis === (settings.channelsFirst ? 1 : x.shape.length - 1) ? [] : [axis],
      );
      return settings.mode === "max" ? max(m, x, axes, settings.keep) : mean(m, x, axes, settings.keep);
    }
    default:
      return undefined;
  }
}
