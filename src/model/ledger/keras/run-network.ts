import type { KerasLayer, KerasNetwork } from "../../description/keras/network/keras-network.ts";
import { cast, clone } from "./operations/basic.ts";
import type { Held } from "./operations/held-tensor.ts";
import type { TensorMachine } from "./operations/tensor-machine.ts";
import { callLayer } from "./layers/call-layer.ts";
import type { LayerState } from "./layers/layer-run.ts";
import { maskAfter, masking } from "./layers/masks.ts";
import { keyOf, runOrder } from "./run-order.ts";
import type { TensorKey } from "./run-order.ts";

/** What the calls of one run share. TensorFlow.js passes a mask on to every later layer. */
export interface RunContext {
  readonly machine: TensorMachine;
  readonly training: boolean;
  readonly batch: number;
  mask: Held | undefined;
}

/** Makes the weights of every layer as variables, in the order of the layers. */
export function layerStates(m: TensorMachine, network: KerasNetwork): readonly LayerState[] {
  return network.layers.map((layer) => {
    if (layer.operation.type === "network")
      return { weights: new Map(), inner: layerStates(m, layer.operation.network), kept: new Map() };
    const weights = (layer.weights ?? []).map(({ name, shape }) => {
      const held = m.variable(shape, { kind: "weights", label: layer.name });
      return [name, held] as const;
    });
    return { weights: new Map(weights), inner: [], kept: new Map() };
  });
}

/** Returns the trainable weights, in the order of TensorFlow.js' optimizers. */
export function listTrainableVariables(
  network: KerasNetwork,
  states: readonly LayerState[],
  frozen = false,
): readonly Held[] {
  return network.layers.flatMap((layer, index) => {
    const state = states[index];
    if (state === undefined) return [];
    if (layer.operation.type === "network") {
      const stopped = frozen || (layer.trainableParameters === 0 && (layer.parameters ?? 0) > 0);
      return listTrainableVariables(layer.operation.network, state.inner, stopped);
    }
    return (layer.weights ?? []).flatMap(({ name, trainable }) => {
      const held = state.weights.get(name);
      return held === undefined || !trainable || frozen ? [] : [held];
    });
  });
}

function apply(
  context: RunContext,
  layer: KerasLayer,
  {
    state,
    inputs,
    outputShapes,
  }: {
    readonly state: LayerState;
    readonly inputs: readonly Held[];
    readonly outputShapes: readonly (readonly number[] | undefined)[];
  },
): readonly Held[] {
  const m = context.machine;
  const { operation } = layer;
  const outputs =
    operation.type === "network"
      ? m.tidy(() => runNetwork(context, operation.network, state.inner, inputs))
      : callLayer(
          {
            machine: m,
            state,
            prefix: "",
            inputs,
            training: context.training,
            mask: context.mask,
            outputShapes,
          },
          operation,
        );
  // The layer makes the mask of its output again to note it. A tensor that it passes on unchanged loses the mask it had.
  const [first] = outputs;
  if (first !== undefined && masking(operation)) {
    const none = inputs.map(() => undefined);
    first.mask = maskAfter(m, operation, inputs, none);
  }
  return outputs.map((output) => (inputs.includes(output) ? clone(m, output) : output));
}

/** Runs a network on its inputs. Outside of training, disposes each tensor after its last reader. */
export function runNetwork(
  context: RunContext,
  network: KerasNetwork,
  states: readonly LayerState[],
  feeds: readonly Held[],
): readonly Held[] {
  const m = context.machine;
  const { sorted, readers } = runOrder(network);
  const left = new Map(readers);
  const values = new Map<TensorKey, Held>();
  const masks = new Map<TensorKey, Held>();
  network.inputs.forEach((edge, index) => {
    const feed = feeds[index];
    if (feed !== undefined) values.set(keyOf(edge), feed);
  });
  const fed = new Set(network.inputs.map(keyOf));
  const wanted = network.outputs.map(keyOf);
  const finals = new Map<TensorKey, Held>();
  for (const edge of sorted) {
    const call = network.calls[edge.call];
    const layer = network.layers[call?.layer ?? 0];
    const state = states[call?.layer ?? 0];
    if (call === undefined || layer === undefined || state === undefined || layer.operation.type === "input")
      continue;
    const before = m.purpose;
    m.purpose = { kind: "activations", label: layer.name };
    const spent: Held[] = [];
    const inputs = call.inputs.map((input) => {
      const key = keyOf(input);
      const value = values.get(key) as Held;
      const count = (left.get(key) ?? 0) - 1;
      left.set(key, count);
      if (!context.training && count === 0 && !fed.has(key) && !wanted.includes(key)) spent.push(value);
      return value;
    });
    const inputMasks = call.inputs.map((input) => masks.get(keyOf(input)));
    if (inputMasks.some((mask) => mask !== undefined)) context.mask = inputMasks[0];
    const shapes = call.outputShapes.map((shape) => shape?.map((size) => size ?? context.batch));
    const outputs = apply(context, layer, { state, inputs, outputShapes: shapes });
    const mask = masking(layer.operation) ? maskAfter(m, layer.operation, inputs, inputMasks) : undefined;
    outputs.forEach((output, index) => {
      const key = keyOf({ call: edge.call, output: index });
      if (!values.has(key)) {
        values.set(key, output.type === "float32" ? output : cast(m, output, "float32"));
        if (mask !== undefined) masks.set(key, mask);
      }
      if (wanted.includes(key)) finals.set(key, output);
    });
    for (const value of spent) m.dispose(value);
    m.purpose = before;
  }
  for (const mask of masks.values()) m.dispose(mask);
  return wanted.map((key) => (finals.get(key) ?? values.get(key)) as Held);
}
