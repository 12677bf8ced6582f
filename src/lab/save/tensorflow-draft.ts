import type { Activation } from "../network/layer.ts";

/** A value of a configuration, as in JSON. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[];

/** A weight of a layer, under the name that TensorFlow.js expects: `layer/kernel`. */
export interface TensorflowWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A layer of TensorFlow.js: its class, its configuration as in Keras, and the layers whose outputs it takes. */
export interface TensorflowLayer {
  readonly className: string;
  readonly name: string;
  readonly config: Readonly<Record<string, ConfigValue>>;
  readonly inputs: readonly string[];
  readonly weights: readonly TensorflowWeight[];
}

/** Collects layers while a network is translated. */
export interface Draft {
  readonly layers: TensorflowLayer[];
  /** Returns the numbers of our parameter of that name and shape. */
  readonly parameter: (name: string, shape: readonly number[]) => Float32Array;
}

/** A point in the network: the last node, the shape of one example there, and the mask of padding. */
export interface Place {
  readonly node: string;
  readonly dimensions: readonly number[];
  /** Node of the token ids of which 0 is padding, and the number of ids; undefined without padding. */
  readonly mask: { readonly node: string; readonly inputDim: number } | undefined;
}

/** Turns a path of ours into a layer name of TensorFlow.js, without dots, which some of its stores refuse. */
export function nodeName(path: string): string {
  return path.replaceAll(".", "_");
}

/** Everything of a layer of TensorFlow.js except its class. */
type LayerDraft = Pick<TensorflowLayer, "name" | "inputs"> &
  Partial<Pick<TensorflowLayer, "config" | "weights">>;

/** Adds a layer; returns its name. */
export function addLayer(
  draft: Draft,
  className: string,
  { name, inputs, config = {}, weights = [] }: LayerDraft,
): string {
  const named = weights.map((weight) => ({ ...weight, name: `${name}/${weight.name}` }));
  draft.layers.push({ className, name, config, inputs, weights: named });
  return name;
}

/** Adds a Reshape of each example. */
export function addReshape(draft: Draft, name: string, input: string, dimensions: readonly number[]): string {
  return addLayer(draft, "Reshape", { name, inputs: [input], config: { target_shape: dimensions } });
}

/** Adds an activation as a layer. */
export function addActivation(draft: Draft, name: string, input: string, activation: Activation): string {
  return addLayer(draft, "Activation", { name, inputs: [input], config: { activation } });
}
