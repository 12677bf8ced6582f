import { LoadlineError } from "../../../../../shared/errors.ts";
import type { ModelDescription, TensorDescription } from "../../../../description/model-description.ts";
import { emptyGraph, expand, type Graph } from "./graph.ts";
import { storedTensor, type GraphTensor } from "./tensor.ts";

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
  width: number,
  vocabulary: number,
): Build {
  const layers = description.layers.filter((layer) => layer.prediction !== true).length;
  const { byName, weights } = stored;
  return { description, run, graph: emptyGraph(), byName, weights, layers, width, vocabulary };
}

/** A stored tensor by its name, or undefined where the model has none. */
export function weight(build: Build, name: string): GraphTensor | undefined {
  const known = build.weights.get(name);
  if (known !== undefined) return known;
  const stored = build.byName.get(name);
  if (stored === undefined) return undefined;
  const tensor = storedTensor(stored.shape, partOf(name));
  build.weights.set(name, tensor);
  return tensor;
}

const layerName = /^(?:enc\.|dec\.)?blk\.(\d+)\./u;

function partOf(name: string): GraphTensor["part"] {
  const layer = layerName.exec(name)?.[1];
  if (layer !== undefined) return Number(layer);
  return name.startsWith("output") ? "output" : undefined;
}

/** A stored tensor of a layer: `blk.<layer>.<name>`. */
export function layerWeight(build: Build, layer: number, name: string): GraphTensor | undefined {
  return weight(build, `blk.${layer}.${name}`);
}

/** A stored tensor, or one of the given sizes where the model's file does not hold it under this name. */
export function layerWeightOr(
  build: Build,
  layer: number,
  name: string,
  ...sizes: readonly number[]
): GraphTensor {
  const key = `blk.${layer}.${name}`;
  const stored = weight(build, key);
  if (stored !== undefined) return stored;
  const tensor = storedTensor(sizes, layer);
  build.weights.set(key, tensor);
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
