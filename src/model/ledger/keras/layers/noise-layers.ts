import type { KerasOperation } from "../../../description/keras/network/keras-network.ts";
import { add, cast, div, mul } from "../operations/basic.ts";
import { compare } from "../operations/compare.ts";
import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";
import { floor } from "../operations/unary.ts";
import { firstOf } from "./layer-run.ts";
import type { LayerCall } from "./layer-run.ts";

/** Drops elements by random numbers of the noise's shape. */
export function dropout(m: TensorMachine, x: Held, noiseShape: readonly number[]): Held {
  return m.tidy(() => {
    const random = m.make(noiseShape);
    return mul(m, x, div(m, floor(m, add(m, random, 1)), 1));
  });
}

function alphaDropout(m: TensorMachine, x: Held, noiseShape: readonly number[]): Held {
  const kept = cast(m, compare(m, "GreaterEqual", m.make(noiseShape), 0), "float32");
  const mixed = add(m, mul(m, x, kept), mul(m, add(m, kept, -1), 1));
  return add(m, mul(m, mixed, 1), 1);
}

/** Runs a noise layer, which does nothing outside of training. */
export function callNoise(call: LayerCall, settings: Extract<KerasOperation, { type: "noise" }>): Held {
  const m = call.machine;
  const input = firstOf(call);
  const { kind, rate } = settings;
  const active = kind === "gaussian-noise" || (rate > 0 && rate < 1);
  if (!call.training || !active || kind === "none") return input;
  const own = settings.noiseShape?.map((size, axis) => size ?? input.shape[axis] ?? 1);
  const spatial = input.shape.map((size, axis) => (axis === 0 || axis === input.shape.length - 1 ? size : 1));
  return m.tidy(() => {
    if (kind === "gaussian-noise") return add(m, m.make(input.shape), input);
    if (kind === "gaussian-dropout") return mul(m, input, m.make(input.shape));
    if (kind === "alpha") return alphaDropout(m, input, own ?? input.shape);
    return dropout(m, input, kind === "spatial" ? spatial : (own ?? input.shape));
  });
}
