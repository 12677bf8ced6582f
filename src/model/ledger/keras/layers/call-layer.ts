import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { add, mul } from "../operations/basic.ts";
import { concat, reverse } from "../operations/moving.ts";
import { outputOf } from "../operations/held-tensor.ts";
import type { Held } from "../operations/held-tensor.ts";
import { callConvLstm } from "./conv-lstm-layer.ts";
import { callConv, callConvTranspose, callDepthwise, callPool, callSeparable } from "./convolution-layers.ts";
import { callDense, callEmbedding } from "./dense-layers.ts";
import { firstOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";
import { callConcatenate, callDot, callMerge } from "./merge-layers.ts";
import { callNoise } from "./noise-layers.ts";
import { callBatchNorm, callLayerNorm } from "./norm-layers.ts";
import { callRecurrent, overSteps } from "./recurrent-layers.ts";
import { callShaping } from "./shape-layers.ts";

function callBidirectional(
  call: LayerCall,
  settings: Extract<KerasOperation, { type: "bidirectional" }>,
): readonly Held[] {
  const m = call.machine;
  return m.tidy(() => {
    const half = 1 + (call.inputs.length - 1) / 2;
    const [x, ...given] = call.inputs as readonly [Held, ...Held[]];
    const ahead = { ...call, prefix: `${call.prefix}forward/`, inputs: [x, ...given.slice(0, half - 1)] };
    const back = { ...call, prefix: `${call.prefix}backward/`, inputs: [x, ...given.slice(half - 1)] };
    const [one, ...states] = callLayer(ahead, settings.forward) as readonly [Held, ...Held[]];
    const [two, ...others] = callLayer(back, settings.backward) as readonly [Held, ...Held[]];
    const { forward } = settings;
    const sequences = (forward.type === "recurrent" || forward.type === "conv-lstm") && forward.sequences;
    const turned = sequences ? reverse(m, two) : two;
    const merge = (): readonly Held[] => {
      if (settings.merge === "concat") return [concat(m, [one, turned], one.shape.length - 1)];
      if (settings.merge === "sum") return [add(m, one, turned)];
      if (settings.merge === "ave") return [mul(m, 1, add(m, one, turned))];
      return settings.merge === "mul" ? [mul(m, one, turned)] : [one, turned];
    };
    return [...merge(), ...states, ...others];
  });
}

function callOverTime(call: LayerCall, layer: KerasOperation): Held {
  const m = call.machine;
  return m.tidy(() => {
    const options = { initial: [], backwards: false, all: true, mask: undefined };
    const { outputs, last } = overSteps(m, firstOf(call), options, (input) => {
      const [output] = callLayer({ ...call, inputs: [input] }, layer);
      return { output: output ?? input, states: [] };
    });
    return outputs ?? last;
  });
}

/** Runs a layer that TensorFlow.js does not have as one operation that returns `shape`. */
function callOther(call: LayerCall, shape: readonly number[]): Held {
  return call.machine.run("Other", { x: firstOf(call) }, outputOf(shape, "float32"), {
    save: [firstOf(call)],
    derive: (dys, [saved]) => ({
      x: () => call.machine.run("OtherGrad", { dy: dys[0] as Held }, outputOf((saved as Held).shape)),
    }),
  });
}

/** Runs the operations of one layer on its inputs, in TensorFlow.js' order. Networks are run elsewhere. */
export function callLayer(call: LayerCall, settings: KerasOperation): readonly Held[] {
  switch (settings.type) {
    case "dense":
      return [callDense(call, settings)];
    case "conv":
      return [callConv(call, settings)];
    case "conv-transpose":
      return [callConvTranspose(call, settings)];
    case "depthwise":
      return [callDepthwise(call, settings)];
    case "separable":
      return [callSeparable(call, settings)];
    case "embedding":
      return [callEmbedding(call, settings)];
    case "recurrent":
      return callRecurrent(call, settings);
    case "conv-lstm":
      return callConvLstm(call, settings);
    case "bidirectional":
      return callBidirectional(call, settings);
    case "time-distributed":
      return [callOverTime(call, settings.layer)];
    case "batch-norm":
      return [callBatchNorm(call, settings)];
    case "layer-norm":
      return [callLayerNorm(call, settings)];
    case "noise":
      return [callNoise(call, settings)];
    case "pool":
      return [callPool(call, settings, settings.mode)];
    case "merge":
      return [callMerge(call, settings.mode)];
    case "concatenate":
      return [callConcatenate(call, settings.axis)];
    case "dot":
      return [callDot(call, settings)];
    default:
      return [callShaping(call, settings) ?? callOther(call, call.outputShapes[0] ?? firstOf(call).shape)];
  }
}
