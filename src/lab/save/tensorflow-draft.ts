import type { Activation } from "../network/layer.ts";

/** A value that goes into a configuration: what JSON can hold. */
export type ConfigValue = string | number | boolean | null | readonly ConfigValue[];

/** A weight of a layer under the name TensorFlow.js looks for, `layer/kernel`. */
export interface TensorflowWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** A layer of TensorFlow.js: its class, its configuration in the words of Keras, and the layers whose outputs it takes. */
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
  /** Numbers of our parameter of that name and shape. */
  readonly parameter: (name: string, shape: readonly number[]) => Float32Array;
}

/** Where in the network we are: whose output comes next, its shape for one example, and whether padding has to be left out. */
export interface Place {
  readonly node: string;
  readonly dimensions: readonly number[];
  /** The token ids whose 0 is padding, and how many different ones there are; undefined where nothing is padding. */
  readonly mask: { readonly node: string; readonly inputDim: number } | undefined;
}

/** Name of a layer of TensorFlow.js for a path of ours: no dots, which some of its stores do not take. */
export function nodeName(path: string): string {
  return path.replaceAll(".", "_");
}

/** What a layer of TensorFlow.js needs besides its class. */
type LayerDraft = Pick<TensorflowLayer, "name" | "inputs"> &
  Partial<Pick<TensorflowLayer, "config" | "weights">>;

/** Adds a layer; gives its name. */
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

/** Adds a function as a layer. */
export function addActivation(draft: Draft, name: string, input: string, activation: Activation): string {
  return addLayer(draft, "Activation", { name, inputs: [input], config: { activation } });
}
