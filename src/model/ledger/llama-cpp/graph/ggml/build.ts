import { LoadlineError } from "../../../../../shared/errors.ts";
import { findLlamaCppFamily } from "../../../../description/families/find-family.ts";
import type { LlamaCppFamily } from "../../../../description/families/model-family.ts";
import type {
  LayerDescription,
  ModelDescription,
  TensorDescription,
} from "../../../../description/model-description.ts";
import { emptyGraph, expand } from "./graph.ts";
import type { Graph } from "./graph.ts";
import { weightTensor } from "./tensor.ts";
import type { GraphTensor } from "./tensor.ts";

/** What the engine reserves a graph for (llama.cpp v0.5.0, `graph_reserve`). */
export interface GraphRun {
  /** Tokens of the micro-batch, of all sequences together. */
  readonly tokens: number;
  readonly sequences: number;
  /** Tokens whose logits are needed. */
  readonly outputs: number;
  /** Cells per stream of the cache of layers without a window. */
  readonly cells: number;
  /** Cells per stream of the cache of layers with a window. */
  readonly windowCells: number;
  /** Separate caches: 1 if all sequences share one, else one per sequence. */
  readonly streams: number;
  readonly flashAttention: boolean;
  readonly keyType: string;
  readonly valueType: string;
}

/** A graph under construction: the model, what the graph is built for, and what has been built so far. */
export interface Build {
  readonly description: ModelDescription;
  /** What the file does not say of its family. */
  readonly family: LlamaCppFamily;
  readonly run: GraphRun;
  readonly graph: Graph;
  /** Stored tensors of the model, by name. */
  readonly byName: ReadonlyMap<string, TensorDescription>;
  /** Graph tensors already made of stored ones, by name. */
  readonly weights: Map<string, GraphTensor>;
  /** Layers of the main model. Layers that predict further tokens (MTP) are not run. */
  readonly layers: number;
  /** Width of the residual stream. */
  readonly width: number;
  readonly vocabulary: number;
}

/** Starts an empty graph. `stored` holds the tensors of the model, which all its graphs share. */
export function startBuild(
  description: ModelDescription,
  stored: Pick<Build, "byName" | "weights">,
  run: GraphRun,
): Build {
  const layers = description.layers.filter((layer) => layer.prediction !== true).length;
  return {
    description,
    family: findLlamaCppFamily(description.architecture) ?? { compared: false },
    run,
    graph: emptyGraph(),
    byName: stored.byName,
    weights: stored.weights,
    layers,
    width: description.embeddingWidth ?? 0,
    vocabulary: description.vocabularySize ?? 0,
  };
}

/** Returns a stored tensor by its name, or undefined if the model has none. */
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

/** Returns the layer of a stored tensor by its name, or "output"; undefined for embeddings and other tables. */
export function partOf(name: string): GraphTensor["part"] {
  const layer = layerName.exec(name)?.[1];
  if (layer !== undefined) return Number(layer);
  return name.startsWith("output") ? "output" : undefined;
}

/** A build at one layer: what a block is built from. A part that the layer does not have is undefined. */
export interface LayerBuild
  extends Build, Pick<LayerDescription, "attention" | "recurrent" | "experts" | "feedForwardWidth"> {
  /** Number of the layer, from 0. */
  readonly index: number;
  /** True for the last layer of its stack. After it, only the rows of the output tokens are needed. */
  readonly isLast: boolean;
  /** Prefix of the layer's tensor names: "blk.3", or "dec.blk.3" in T5's decoder. */
  readonly prefix: string;
}

/**
 * Returns the build at layer `index` of a stack of `count` layers. `stack` precedes the tensor names ("enc.", "dec.").
 */
export function atLayer(build: Build, index: number, count: number = build.layers, stack = ""): LayerBuild {
  const { attention, recurrent, experts, feedForwardWidth } = build.description.layers[index] ?? {};
  const prefix = `${stack}blk.${index}`;
  const isLast = index === count - 1;
  return { ...build, index, isLast, prefix, attention, recurrent, experts, feedForwardWidth };
}

/** Returns the layers of the main model in the order in which they run. */
export function layersOf(build: Build): readonly LayerBuild[] {
  return Array.from({ length: build.layers }, (_, index) => atLayer(build, index));
}

/** Returns a stored tensor of the layer, or undefined if the model has none of this name. */
export function layerWeight(layer: LayerBuild, name: string): GraphTensor | undefined {
  return weight(layer, `${layer.prefix}.${name}`);
}

/** Returns a stored tensor of the layer, or one of the given sizes if the file has none of this name. */
export function layerWeightOr(layer: LayerBuild, name: string, ...sizes: readonly number[]): GraphTensor {
  const key = `${layer.prefix}.${name}`;
  const stored = weight(layer, key);
  if (stored !== undefined) return stored;
  const tensor = weightTensor(sizes, layer.index);
  layer.weights.set(key, tensor);
  return tensor;
}

/** Adds a tensor to the graph, after everything it is computed from. */
export function expandInto(build: Build, tensor: GraphTensor): void {
  expand(build.graph, tensor);
}

/** Largest size or scale accepted as a setting; those of real files stay below 2^32. */
const maxSetting = 2 ** 40;

/**
 * Returns a numeric setting of the model, or undefined if the file does not give it.
 * Errors: `invalid-data` if the number is not finite or exceeds 2^40.
 */
export function setting(build: Build, key: string): number | undefined {
  const value = build.description.settings[key];
  if (typeof value !== "number") return undefined;
  // NaN would make the size of the entire buffer NaN
  if (!(Math.abs(value) <= maxSetting)) {
    throw new LoadlineError("invalid-data", `${key}: got ${value}, allowed: numbers up to ${maxSetting}`, {
      details: { setting: key },
    });
  }
  return value;
}
