import { quoteName } from "../../../../shared/file-fault.ts";
import type { FileTensor } from "../../../file/header/model-file.ts";
import type { KerasWeight } from "../network/keras-network.ts";
import { layerFault } from "../layers/layer-config.ts";

/** Weights that a file lists, by the parts of their names. */
export type Manifest = ReadonlyMap<string, readonly FileTensor[]>;

/** "block1/conv/kernel" belongs to whichever layer is named "block1" or "conv". */
export function manifestOf(weights: readonly FileTensor[]): Manifest {
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

function elements(shape: readonly number[]): number {
  return shape.reduce((all, size) => all * size, 1);
}

/** What a file lists for a layer whose weights could not be computed; nothing is listed at all where the file has no weights. */
export function listedWeights(manifest: Manifest, layer: string): readonly KerasWeight[] | undefined {
  if (manifest.size === 0) return undefined;
  return (manifest.get(layer) ?? []).map(({ name, shape }) => ({ name, shape, trainable: true }));
}

/**
 * Weights of a file must be as many as the settings of its layer ask for: TensorFlow.js loads by name and refuses others, so a
 * file that disagrees with itself is broken, and no figure from it would be right. A layer that is not listed is not checked.
 * Throws `invalid-data` with the layer.
 */
export function checkWeights(
  file: string,
  layer: string,
  weights: readonly KerasWeight[],
  manifest: Manifest,
): void {
  const listed = manifest.get(layer);
  if (listed === undefined || weights.length === 0) return;
  const got = listed.reduce((sum, each) => sum + elements(each.shape), 0);
  const asked = weights.reduce((sum, each) => sum + elements(each.shape), 0);
  if (got === asked) return;
  const names = listed.slice(0, 4).map((each) => `${quoteName(each.name)} [${each.shape.join(", ")}]`);
  throw layerFault(
    file,
    layer,
    `the file lists ${got} parameters for it (${names.join(", ")}), its settings ask for ${asked}`,
  );
}
