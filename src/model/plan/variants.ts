import type {
  LayerDescription,
  ModelDescription,
  TensorDescription,
} from "../description/model-description.ts";

/** Precisions below this many bits are not planned. */
const minBits = 1;

function bitsOf(tensor: TensorDescription): number {
  const elements = tensor.shape.reduce((product, size) => product * size, 1);
  return elements === 0 ? 0 : (8 * tensor.bytes) / elements;
}

/** Returns the average bits per weight of the matrices; undefined where the weights are not known. */
export function weightBits(description: ModelDescription): number | undefined {
  const matrices = description.tensors.filter((tensor) => tensor.shape.length > 1);
  if (matrices.length === 0) {
    if (
      description.weightBytes === undefined ||
      description.parameters === undefined ||
      description.parameters === 0
    )
      return undefined;
    return (8 * description.weightBytes) / description.parameters;
  }
  const bytes = matrices.reduce((sum, tensor) => sum + tensor.bytes, 0);
  const elements = matrices.reduce(
    (sum, tensor) => sum + tensor.shape.reduce((product, size) => product * size, 1),
    0,
  );
  return (8 * bytes) / elements;
}

/**
 * Returns the model with its matrices in `bits` per weight; tensors already in fewer bits stay as they are. Undefined where
 * nothing shrinks.
 */
export function atPrecision(
  description: ModelDescription,
  bits: number,
  name: string,
): ModelDescription | undefined {
  const before = weightBits(description);
  if (before === undefined || before <= bits + 0.25 || bits < minBits) return undefined;
  const tensors = description.tensors.map((tensor): TensorDescription => {
    if (tensor.shape.length < 2 || bitsOf(tensor) <= bits) return tensor;
    const elements = tensor.shape.reduce((product, size) => product * size, 1);
    return { ...tensor, type: name, bytes: Math.ceil((elements * bits) / 8) };
  });
  const weightBytes =
    tensors.length > 0
      ? tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)
      : Math.ceil(((description.parameters ?? 0) * bits) / 8);
  return { ...description, tensors, weightBytes, weightType: name };
}

const layerName = /^(?:model\.)?(?:language_model\.)?(?:blk|layers|h|transformer\.h)\.(\d+)\./u;

/** Chooses the layers of a shallower variant: spread evenly, with the first and the last among them. */
function layersToKeep(count: number, kept: number): ReadonlySet<number> {
  if (kept >= count) return new Set(Array.from({ length: count }, (_, index) => index));
  if (kept === 1) return new Set([0]);
  return new Set(Array.from({ length: kept }, (_, index) => Math.round((index * (count - 1)) / (kept - 1))));
}

function elementsOf(tensors: readonly TensorDescription[]): number {
  return tensors.reduce((sum, tensor) => sum + tensor.shape.reduce((all, size) => all * size, 1), 0);
}

function renameTensors(
  description: ModelDescription,
  places: ReadonlyMap<number, number>,
): readonly TensorDescription[] {
  return description.tensors.flatMap((tensor) => {
    const found = layerName.exec(tensor.name);
    if (found === null) return [tensor];
    const place = places.get(Number(found[1]));
    if (place === undefined) return [];
    return [{ ...tensor, name: tensor.name.replace(`.${found[1]}.`, `.${place}.`) }];
  });
}

/** Returns the model with fewer layers, which has to be trained again: weights, caches and activations of the others go. */
export function shallower(description: ModelDescription, layers: number): ModelDescription | undefined {
  const main = description.layers.filter((layer) => layer.prediction !== true);
  if (layers < 1 || layers >= main.length) return undefined;
  const kept = layersToKeep(main.length, layers);
  const places = new Map([...kept].map((layer, place) => [layer, place]));
  const chosen = main
    .filter((_, index) => kept.has(index))
    .map((layer): LayerDescription => {
      const source = layer.attention?.sharesCacheOf;
      if (layer.attention === undefined || source === undefined) return layer;
      return { ...layer, attention: { ...layer.attention, sharesCacheOf: places.get(source) } };
    });
  const share = layers / main.length;
  const tensors = renameTensors(description, places);
  const groups =
    description.groups === undefined
      ? undefined
      : {
          ...description.groups,
          dense: Math.round(description.groups.dense * share),
          experts: Math.round(description.groups.experts * share),
        };
  const parameters =
    tensors.length > 0
      ? elementsOf(tensors)
      : groups === undefined
        ? undefined
        : groups.embedding + groups.dense + groups.experts + groups.output + (groups.vision ?? 0);
  const weightBytes =
    tensors.length > 0
      ? tensors.reduce((sum, tensor) => sum + tensor.bytes, 0)
      : parameters === undefined ||
          description.weightBytes === undefined ||
          description.parameters === undefined
        ? undefined
        : Math.round((description.weightBytes / description.parameters) * parameters);
  return {
    ...description,
    name: `${description.name}, ${layers} layers`,
    layers: chosen,
    tensors,
    groups,
    parameters,
    weightBytes,
  };
}

/** Scales a width to a multiple of 64, so that quantized rows and heads still divide it. */
function scaleWidth(width: number, share: number): number {
  return Math.max(64, Math.round((width * share) / 64) * 64);
}

function narrowerLayer(layer: LayerDescription, share: number): LayerDescription {
  const { attention, experts, feedForwardWidth } = layer;
  return {
    ...layer,
    attention:
      attention === undefined
        ? undefined
        : {
            ...attention,
            heads: Math.max(1, Math.round(attention.heads * share)),
            keyValueHeads: Math.max(1, Math.round(attention.keyValueHeads * share)),
          },
    feedForwardWidth: feedForwardWidth === undefined ? undefined : scaleWidth(feedForwardWidth, share),
    experts: experts === undefined ? undefined : { ...experts, width: scaleWidth(experts.width, share) },
  };
}

/**
 * Returns the model with all widths scaled by `share`, which has to be trained again. Matrices shrink with its square,
 * embedding and caches with it. Sizes are estimates, and no tensors are listed.
 */
export function narrower(description: ModelDescription, share: number): ModelDescription | undefined {
  const { weightBytes, parameters, embeddingWidth } = description;
  if (weightBytes === undefined || parameters === undefined || embeddingWidth === undefined) return undefined;
  if (!(share > 0 && share < 1)) return undefined;
  const rows =
    (description.vocabularySize ?? 0) * embeddingWidth * (description.tiedEmbeddings === false ? 2 : 1);
  const rest = Math.max(0, parameters - rows);
  const left = Math.round(rest * share * share + rows * share);
  return {
    ...description,
    name: `${description.name}, ${Math.round(100 * share)} % as wide`,
    format: "config",
    layers: description.layers.map((layer) => narrowerLayer(layer, share)),
    embeddingWidth: scaleWidth(embeddingWidth, share),
    parameters: left,
    weightBytes: Math.round((weightBytes / parameters) * left),
    tensors: [],
    groups: {
      embedding: Math.round((rows / (description.tiedEmbeddings === false ? 2 : 1)) * share),
      dense: Math.round(rest * share * share),
      experts: 0,
      output: description.tiedEmbeddings === false ? Math.round((rows / 2) * share) : 0,
    },
  };
}
