import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import type { WindowSettings } from "../../../description/keras/network/operation.ts";
import { add, mul } from "../operations/basic.ts";
import { conv2d } from "../operations/images.ts";
import { split } from "../operations/moving.ts";
import type { Held } from "../operations/held-tensor.ts";
import { activate } from "./activations.ts";
import { shapeAfterWindow } from "./convolution-layers.ts";
import { biasAdd } from "./dense-layers.ts";
import { firstOf, requireWeight, weightOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";
import { dropMasks, makeMasks, overSteps } from "./recurrent-layers.ts";
import type { StepResult } from "./recurrent-layers.ts";

type ConvLstm = Extract<KerasOperation, { type: "conv-lstm" }>;

/** Returns the output shape of a window over a step, with channels where the layer has them. */
function stepShape(shape: readonly number[], settings: WindowSettings, channels: number): readonly number[] {
  if (!settings.channelsFirst) return shapeAfterWindow(shape, settings, channels);
  const [batch = 1, , ...space] = shape;
  const [, ...after] = shapeAfterWindow([batch, ...space, 1], settings, channels);
  return [batch, channels, ...after.slice(0, -1)];
}

/** Runs one step: four gates, each with a convolution of the step and one of the state. */
function convStep(
  call: LayerCall,
  settings: ConvLstm,
  { x, h, carry }: { readonly x: Held; readonly h: Held; readonly carry: Held },
): StepResult {
  const m = call.machine;
  const { filters, channelsFirst } = settings;
  const four = [filters, filters, filters, filters];
  const own = makeMasks(call, "dropout", { rate: settings.dropout, like: x, count: 4 });
  const xs = four.map((_, gate) => (own?.[gate] === undefined ? x : mul(m, own[gate], x)));
  const recurrent = makeMasks(call, "recurrent", { rate: settings.recurrentDropout, like: h, count: 4 });
  const hs = four.map((_, gate) => (recurrent?.[gate] === undefined ? h : mul(m, recurrent[gate], h)));
  const kernels = split(m, requireWeight(call, "kernel"), four, 3);
  const bias = weightOf(call, "bias");
  const biases = bias === undefined ? undefined : split(m, bias, four, 0);
  const shape = stepShape(x.shape, settings, filters);
  const inputs = xs.map((input, gate) => {
    const product = conv2d(m, input, kernels[gate] as Held, shape);
    return biases === undefined ? product : biasAdd(m, product, biases[gate] as Held, channelsFirst);
  });
  const recurrentKernels = split(m, requireWeight(call, "recurrent_kernel"), four, 3);
  const states = hs.map((state, gate) => conv2d(m, state, recurrentKernels[gate] as Held, state.shape));
  const gate = (index: number, name: string): Held =>
    activate(m, name, add(m, inputs[index] as Held, states[index] as Held));
  const input = gate(0, settings.recurrentActivation);
  const forget = gate(1, settings.recurrentActivation);
  const kept = mul(m, forget, carry);
  const next = add(m, kept, mul(m, input, gate(2, settings.activation)));
  const out = gate(3, settings.recurrentActivation);
  const output = mul(m, out, activate(m, settings.activation, next));
  return { output, states: [output, next] };
}

export function callConvLstm(call: LayerCall, settings: ConvLstm): readonly Held[] {
  const m = call.machine;
  return m.tidy(() => {
    dropMasks(call);
    return m.tidy(() => {
      const x = firstOf(call);
      const given = call.inputs.slice(1);
      const [batch = 1, , ...image] = x.shape;
      const zeros =
        given.length > 0 ? undefined : m.make(stepShape([batch, ...image], settings, settings.filters));
      const initial = zeros === undefined ? given : [zeros, zeros];
      const result = overSteps(
        m,
        x,
        { initial, backwards: settings.backwards, all: settings.sequences, mask: call.mask },
        (step, [h, carry]) => {
          const [output, ...after] = m.tidy(() => {
            const done = convStep(call, settings, { x: step, h: h as Held, carry: carry as Held });
            return [done.output, ...done.states] as const;
          });
          return { output, states: after };
        },
      );
      const output = result.outputs ?? result.last;
      return settings.states ? [output, ...result.states] : [output];
    });
  });
}
