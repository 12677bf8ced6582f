import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";

/** The weights of a layer, and what it keeps between calls. */
export interface LayerState {
  readonly weights: ReadonlyMap<string, Held>;
  /** States of the layers of a network in place of a layer. */
  readonly inner: readonly LayerState[];
  /** Dropout masks of recurrent cells, held after the layer is done. */
  readonly kept: Map<string, readonly Held[]>;
}

/** One call of a layer. */
export interface LayerCall {
  readonly machine: TensorMachine;
  readonly state: LayerState;
  /** Prefix of the names of weights: "forward/". */
  readonly prefix: string;
  readonly inputs: readonly Held[];
  readonly training: boolean;
  readonly mask: Held | undefined;
  /** Shapes of the layer's outputs, for a layer whose operations are unknown. */
  readonly outputShapes: readonly (readonly number[] | undefined)[];
}

/** Returns the first input. */
export function firstOf(call: LayerCall): Held {
  const [first] = call.inputs;
  if (first === undefined) throw new Error("a layer was called without an input");
  return first;
}

/** Returns a weight of the layer; undefined if it does not have it. */
export function weightOf(call: LayerCall, name: string): Held | undefined {
  return call.state.weights.get(call.prefix + name);
}

/** Returns a weight of the layer, which must have it. */
export function requireWeight(call: LayerCall, name: string): Held {
  const held = weightOf(call, name);
  if (held === undefined) throw new Error(`the layer has no weight ${call.prefix}${name}`);
  return held;
}
