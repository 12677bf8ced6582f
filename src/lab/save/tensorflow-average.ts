import type { Draft, Place } from "./tensorflow-draft.ts";
import { addActivation, addLayer, addReshape, nodeName } from "./tensorflow-draft.ts";

/**
 * Adds a mean over the rows that are not padding, built of layers that TensorFlow.js has. Two small tables give each id a score
 * (padding -1e9, others 0) and a count (padding 0, others 1). The softmax of the scores is 1 / n for each of the n rows that count;
 * the count makes a sample of padding only 0, as it is here; and a product adds up the weighted rows.
 */
function averageUnmasked(draft: Draft, path: string, place: Place, mask: NonNullable<Place["mask"]>): string {
  const name = nodeName(path);
  const [length = 1, channels = 1] = place.dimensions;
  const { inputDim } = mask;
  const lookUp = (what: string, padding: number, others: number): string => {
    const table = new Float32Array(inputDim).fill(others).fill(padding, 0, 1);
    const config = {
      input_dim: inputDim,
      output_dim: 1,
      mask_zero: false,
      input_length: length,
      trainable: false,
    };
    const weights = [{ name: "embeddings", shape: [inputDim, 1], data: table }];
    const found = addLayer(draft, "Embedding", {
      name: `${name}_${what}`,
      inputs: [mask.node],
      config,
      weights,
    });
    return addReshape(draft, `${name}_${what}_row`, found, [1, length]);
  };
  const scores = lookUp("scores", -1e9, 0);
  const shares = addActivation(draft, `${name}_shares`, scores, "softmax");
  const counted = addLayer(draft, "Multiply", {
    name: `${name}_counted`,
    inputs: [shares, lookUp("counts", 0, 1)],
  });
  const sum = addLayer(draft, "Dot", {
    name: `${name}_sum`,
    inputs: [counted, place.node],
    config: {
      axes: [2, 1],
      normalize: false,
    },
  });
  return addReshape(draft, name, sum, [channels]);
}

/** Adds a mean over all rows, or over those that are not padding. */
export function translateAverage(draft: Draft, path: string, place: Place): string {
  if (place.mask !== undefined) return averageUnmasked(draft, path, place, place.mask);
  const className = place.dimensions.length === 2 ? "GlobalAveragePooling1D" : "GlobalAveragePooling2D";
  const config = className === "GlobalAveragePooling2D" ? { data_format: "channels_last" } : {};
  return addLayer(draft, className, { name: nodeName(path), inputs: [place.node], config });
}
