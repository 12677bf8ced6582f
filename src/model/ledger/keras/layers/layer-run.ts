import type { Held } from "../operations/held-tensor.ts";
import type { TensorMachine } from "../operations/tensor-machine.ts";

/** The weights of a layer, and what it keeps from one call to the next. */
export interface LayerState {
  readonly weights: ReadonlyMap<string, Held>;
  /** States of the layers of a network in place of a layer. */
  readonly inner: readonly LayerState[];
  /** Dropout masks of recurrent cells, kept when the layer is done. */
  readonly kept: Map<string, readonly Held[]>;
}

/** One call of a layer. */
export interface LayerCall {
  readonly machine: TensorMachine;
  readonly state: LayerState;
  /** In front of the names of weights: "forward/". */
  readonly prefix: string;
  readonly inputs: readonly Held[];
  readonly training: boolean;
  readonly mask: Held | undefined;
  /** Shapes that the layer's outputs have where its operations are not known here. */
  readonly outputShapes: readonly (readonly number[] | undefined)[];
}

/** The first input. */
export function firstOf(call: LayerCall): Held {
  const [first] = call.inputs;
  if (first === undefined) throw new Error("a layer was called without an input");
  return first;
}

/** A weight of the layer; undefined where it has none of the name. */
export function weightOf(call: LayerCall, name: string): Held | undefined {
  return call.state.weights.get(call.prefix + name);
}

/** A weight that the layer has. */
export function needed(call: LayerCall, name: string): Held {
  const held = weightOf(call, name);
  if (held === undefined) throw new Error(`the layer has no weight ${call.prefix}${name}`);
  return held;
}
