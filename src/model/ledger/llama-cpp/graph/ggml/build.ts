import { LoadlineError } from "../../../../../shared/errors.ts";
import type {
  LayerDescription,
  ModelDescription,
  TensorDescription,
} from "../../../../description/model-description.ts";
import { emptyGraph, expand, type Graph } from "./graph.ts";
import { weightTensor, type GraphTensor } from "./tensor.ts";

/** What the engine reserves a graph for (llama.cpp v0.5.0, `graph_reserve`). */
export interface GraphRun {
  readonly tokens: number;
  readonly sequences: number;
  /** Tokens whose logits are wanted. */
  readonly outputs: number;
  /** Cells of the cache that sees everything, of one stream. */
  readonly cells: number;
  /** Cells of the cache of layers with a window. */
  readonly windowCells: number;
  /** One where all sequences share one cache, else as many as sequences. */
  readonly streams: number;
  readonly flashAttention: boolean;
  readonly keyType: string;
  readonly valueType: string;
}

/** A graph being built: the model, what it is built for, and what was made so far. */
export interface Build {
  readonly description: ModelDescription;
  readonly run: GraphRun;
  readonly graph: Graph;
  readonly byName: ReadonlyMap<string, TensorDescription>;
  readonly weights: Map<string, GraphTensor>;
  /** Layers of the trunk: those that predict further tokens are not run. */
  readonly layers: number;
  readonly width: number;
  readonly vocabulary: number;
}

/** Starts a graph. `stored` holds the model's tensors by name, and what graphs before made of them: the same for every run. */
export function startBuild(
  description: ModelDescription,
  stored: Pick<Build, "byName" | "weights">,
  run: GraphRun,
): Build {
  const layers = description.layers.filter((layer) => layer.prediction !== true).length;
  return {
    description,
    run,
    graph: emptyGraph(),
    byName: stored.byName,
    weights: stored.weights,
    layers,
    width: description.embeddingWidth ?? 0,
    vocabulary: description.vocabularySize ?? 0,
  };
}

/** A stored tensor by its name, or undefined where the model has none. */
export function weight(build: Build, name: string): GraphTensor | undefined {
  const known = build.weights.get(name);
  if (known !== undefined) return known;
  const stored = build.byName.get(name);
  if (stored === undefined) return undefined;
  const tensor = weightTensor(stored.shape, partOf(name));
  build.weights.set(name, tensor);
  return tensor;
}

const layerName = /^(?:enc\.|dec\.)?blk\.(\d+)\./u;

function partOf(name: string): GraphTensor["part"] {
  const layer = layerName.exec(name)?.[1];
  if (layer !== undefined) return Number(layer);
  return name.startsWith("output") ? "output" : undefined;
}

/** A build at one layer: what a block is built from. Its parts are undefined where the layer has none. */
export interface LayerBuild
  extends Build, Pick<LayerDescription, "attention" | "recurrent" | "experts" | "feedForwardWidth"> {
  /** The layer's number, from 0. */
  readonly index: number;
  /** True for the last layer of its stack, behind which only the rows of the wanted tokens are needed. */
  readonly isLast: boolean;
  /** The tensors of the layer are named `<prefix>.<name>`: "blk.3", or "dec.blk.3" for T5's decoder. */
  readonly prefix: string;
}

/** Returns the build at layer `index` of a stack of `count` layers; `stack` precedes the tensor names ("enc.", "dec."). */
export function atLayer(build: Build, index: number, count: number = build.layers, stack = ""): LayerBuild {
  const { attention, recurrent, experts, feedForwardWidth } = build.description.layers[index] ?? {};
  const prefix = `${stack}blk.${index}`;
  const isLast = index === count - 1;
  return { ...build, index, isLast, prefix, attention, recurrent, experts, feedForwardWidth };
}

/** Returns the layers of the trunk in the order in which they run. */
export function layersOf(build: Build): readonly LayerBuild[] {
  return Array.from({ length: build.layers }, (_, index) => atLayer(build, index));
}

/** Returns a stored tensor of the layer, or undefined where the model has none of this name. */
export function layerWeight(layer: LayerBuild, name: string): GraphTensor | undefined {
  return weight(layer, `${layer.prefix}.${name}`);
}

/** Returns a stored tensor of the layer, or one of the given sizes where the model's file has none of this name. */
export function layerWeightOr(layer: LayerBuild, name: string, ...sizes: readonly number[]): GraphTensor {
  const key = `${layer.prefix}.${name}`;
  const stored = weight(layer, key);
  if (stored !== undefined) return stored;
  const tensor = weightTensor(sizes, layer.index);
  layer.weights.set(key, tensor);
  return tensor;
}

/** Adds a tensor to the graph, sources first. */
export function expandInto(build: Build, tensor: GraphTensor): void {
  expand(build.graph, tensor);
}

/** Largest setting of a size or a scale; those of files stay below 2^32. */
const maxSetting = 2 ** 40;

/** A number of the model's settings, or undefined where the file does not give it; one that is no number of use is refused. */
export function setting(build: Build, key: string): number | undefined {
  const value = build.description.settings[key];
  if (typeof value !== "number") return undefined;
  // a size that is none would make the whole buffer none
  if (!(Math.abs(value) <= maxSetting)) {
    throw new LoadlineError("invalid-data", `${key}: got ${value}, allowed: numbers up to ${maxSetting}`, {
      details: { setting: key },
    });
  }
  return value;
}
