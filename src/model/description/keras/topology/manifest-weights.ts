import { quoteName } from "../../../../shared/file-fault.ts";
import type { FileTensor } from "../../../file/header/model-file.ts";
import type { KerasWeight } from "../network/keras-network.ts";
import { layerFault } from "../layers/layer-config.ts";

/** Weights that a file lists, by the parts of their names. */
export type Manifest = ReadonlyMap<string, readonly FileTensor[]>;

/** Groups weights by the parts of their names: "block1/conv/kernel" belongs to a layer named "block1" or "conv". */
export function groupWeights(weights: readonly FileTensor[]): Manifest {
  const groups = new Map<string, FileTensor[]>();
  for (const tensor of weights) {
    for (const part of new Set(tensor.name.split("/").slice(0, -1))) {
      const group = groups.get(part);
      if (group === undefined) groups.set(part, [tensor]);
      else group.push(tensor);
    }
  }
  return groups;
}

function countElements(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** Returns the weights that a file lists for a layer whose own are unknown; undefined if the file lists none at all. */
export function findListedWeights(manifest: Manifest, layer: string): readonly KerasWeight[] | undefined {
  if (manifest.size === 0) return undefined;
  return (manifest.get(layer) ?? []).map(({ name, shape }) => ({ name, shape, trainable: true }));
}

/**
 * Checks that a file lists as many parameters as the settings of the layer require. TensorFlow.js loads weights by name and
 * rejects others, so a file that contradicts itself is broken. A layer that is not listed is not checked.
 * Errors: `invalid-data` with the layer.
 */
export function checkWeights(
  file: string,
  layer: string,
  weights: readonly KerasWeight[],
  manifest: Manifest,
): void {
  const listed = manifest.get(layer);
  if (listed === undefined || weights.length === 0) return;
  const got = listed.reduce((sum, each) => sum + countElements(each.shape), 0);
  const required = weights.reduce((sum, each) => sum + countElements(each.shape), 0);
  if (got === required) return;
  const names = listed.slice(0, 4).map((each) => `${quoteName(each.name)} [${each.shape.join(", ")}]`);
  throw layerFault(
    file,
    layer,
    `the file lists ${got} parameters for it (${names.join(", ")}), but its settings require ${required}`,
  );
}
