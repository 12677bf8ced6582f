import type { ModelDescription } from "../../description/model-description.ts";

/** Bytes of weights by layer, from which the planner finds how many layers fit. */
export interface LayerBytes {
  /** Bytes of each layer without its routed experts. */
  readonly dense: readonly number[];
  readonly experts: readonly number[];
  /** The output layer: its own weights, or its copy of the embedding. */
  readonly output: number;
  readonly embedding: number;
}

const layerName = /^(?:enc\.|dec\.)?blk\.(\d+)\./u;

function fromTensors(description: ModelDescription): LayerBytes {
  const dense = description.layers.map(() => 0);
  const experts = description.layers.map(() => 0);
  let output = 0;
  let embedding = 0;
  for (const tensor of description.tensors) {
    const layer = layerName.exec(tensor.name)?.[1];
    if (layer !== undefined) {
      const rows = tensor.name.includes("_exps.") ? experts : dense;
      rows[Number(layer)] = (rows[Number(layer)] ?? 0) + tensor.bytes;
    } else if (tensor.name.startsWith("output")) output += tensor.bytes;
    else embedding += tensor.bytes;
  }
  const table = description.tensors.find((tensor) => tensor.name === "token_embd.weight")?.bytes ?? 0;
  return { dense, experts, output: description.tiedEmbeddings === true ? output + table : output, embedding };
}

/** Splits the weights by layer, evenly where the file lists no tensors of layers. */
export function layerBytes(description: ModelDescription): LayerBytes {
  if (description.tensors.some((tensor) => layerName.test(tensor.name))) return fromTensors(description);
  const count = Math.max(1, description.layers.length);
  const all = description.weightBytes ?? 0;
  const each =
    description.parameters === undefined || description.parameters === 0 ? 0 : all / description.parameters;
  const { groups } = description;
  if (groups === undefined) {
    return {
      dense: description.layers.map(() => all / count),
      experts: description.layers.map(() => 0),
      output: 0,
      embedding: 0,
    };
  }
  return {
    dense: description.layers.map(() => (groups.dense * each) / count),
    experts: description.layers.map(() => (groups.experts * each) / count),
    output: (groups.output === 0 ? groups.embedding : groups.output) * each,
    embedding: groups.embedding * each,
  };
}

/** Sums values in a plain loop without copies: a search calls this thousands of times. */
function sumFrom(values: readonly number[], from: number): number {
  let total = 0;
  for (let index = from; index < values.length; index++) total += values[index] ?? 0;
  return total;
}

/** Returns the bytes of weights on all cards together when the last `layers` of the layers and the output layer are there. */
export function weightsOnCards(bytes: LayerBytes, layers: number): number {
  if (layers <= 0) return 0;
  const from = Math.max(0, bytes.dense.length + 1 - layers);
  return sumFrom(bytes.dense, from) + sumFrom(bytes.experts, from) + bytes.output;
}

/** Returns the bytes of weights on all cards together when the experts of the first `layers` layers are on the host. */
export function weightsWithoutExperts(bytes: LayerBytes, layers: number): number {
  return sumFrom(bytes.dense, 0) + sumFrom(bytes.experts, layers) + bytes.output;
}

/** Returns the bytes of all weights, with the embedding counted once. */
export function allWeights(bytes: LayerBytes): number {
  return sumFrom(bytes.dense, 0) + sumFrom(bytes.experts, 0) + bytes.output + bytes.embedding;
}
