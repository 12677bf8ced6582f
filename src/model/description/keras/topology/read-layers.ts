import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import { quoteName } from "../../../../shared/file-fault.ts";
import { readInboundNodes } from "./inbound-nodes.ts";
import type { NodeReference } from "./inbound-nodes.ts";
import type { KerasShape } from "../network/keras-network.ts";
import {
  flagOf,
  layerConfig,
  layerFault,
  parseShape,
  partialSizes,
  sizeOf,
  valueOf,
} from "../layers/layer-config.ts";
import type { LayerConfig } from "../layers/layer-config.ts";
import type { LayerKind } from "../layers/layer-kind.ts";
import { isFunction, readFunction } from "../layers/read-function.ts";
import { readKind } from "../layers/read-kind.ts";
import type { ReadNetwork } from "../layers/read-kind.ts";

/** Layers of a network, nested ones included: the deepest published ones have some thousand. */
export const maxLayers = 50_000;

/** A layer of a file, with its settings read. */
export interface ParsedLayer {
  readonly name: string;
  readonly className: string;
  readonly kind: LayerKind;
  readonly trainable: boolean;
  readonly regularized: boolean;
  /** The input shape in its own settings, if there is one. */
  readonly inputShape: KerasShape | undefined;
  readonly calls: readonly (readonly NodeReference[])[];
}

/** Counts over a file and all its nested networks. */
export interface ReadBudget {
  layers: number;
  /** Calls whose shapes were computed: shared networks in shared networks multiply. */
  calls: number;
}

/** Reads the shape of an input, the batch first, as any release of Keras writes it. */
function readInputShape(config: LayerConfig, className: string, outer: unknown): KerasShape | undefined {
  for (const name of ["batch_input_shape", "batch_shape"]) {
    const sizes = partialSizes(config, name);
    if (sizes !== undefined && sizes.length > 0) return [undefined, ...sizes.slice(1)];
  }
  for (const name of ["input_shape", "shape"]) {
    const sizes = partialSizes(config, name);
    if (sizes !== undefined) return [undefined, ...sizes];
  }
  if (className === "Embedding") {
    const length = valueOf(config, "input_length");
    return [undefined, length === undefined ? undefined : sizeOf(config, "input_length")];
  }
  if (valueOf(config, "input_dim") !== undefined) return [undefined, sizeOf(config, "input_dim")];
  // Keras 3 notes it when it builds a layer. For several inputs it is a list of shapes, which does not help.
  return parseShape(isJsonObject(outer) ? outer["input_shape"] : undefined);
}

function inputKind(config: LayerConfig, shape: KerasShape | undefined): LayerKind {
  if (shape === undefined) throw layerFault(config.file, config.layer, "is an input without a shape");
  const dtype = valueOf(config, "dtype");
  const named: unknown =
    isJsonObject(dtype) && isJsonObject(dtype["config"]) ? dtype["config"]["name"] : dtype;
  return {
    operation: { type: "input", dtype: typeof named === "string" ? named : "float32" },
    activations: [],
    build: () => ({ weights: [], outputs: [shape] }),
  };
}

/** Whether one of the settings is a regularizer, also in a wrapped layer. */
function hasRegularizer(values: JsonObject): boolean {
  const inner: unknown = isJsonObject(values["layer"]) ? values["layer"]["config"] : undefined;
  return [values, isJsonObject(inner) ? inner : {}].some((each) =>
    Object.entries(each).some(
      ([name, value]) => /regularizer$/iu.test(name) && value !== null && value !== undefined,
    ),
  );
}

/** Returns why a layer's weights are not those of its class, which Keras changed in place; undefined if they are. */
function findChange(config: LayerConfig): string | undefined {
  const dtype = valueOf(config, "dtype");
  const policy = isJsonObject(dtype) ? dtype["class_name"] : undefined;
  // A policy object, or a text such as "int8_from_float32".
  const quantized =
    typeof policy === "string" ? policy.startsWith("Quantized") : String(dtype).includes("_from_");
  if (quantized) return "quantized";
  return valueOf(config, "lora_rank") === undefined ? undefined : "with low-rank adapters";
}

/** Reads one layer of the list. Errors: `invalid-data`. */
function parseLayer(
  file: string,
  entry: unknown,
  {
    place,
    depth,
    readNetwork,
  }: { readonly place: number; readonly depth: number; readonly readNetwork: ReadNetwork },
): ParsedLayer {
  const where = `number ${place}`;
  if (!isJsonObject(entry)) throw layerFault(file, where, "is not an object");
  const className = entry["class_name"] ?? entry["className"];
  if (typeof className !== "string") throw layerFault(file, where, "has no class_name");
  const given = isJsonObject(entry["config"]) ? entry["config"]["name"] : undefined;
  const name = entry["name"] ?? given ?? `${className}_${place}`;
  if (typeof name !== "string") throw layerFault(file, where, "its name is not a text");
  // The config of a network of Keras 1 is a list of layers.
  const inner = Array.isArray(entry["config"]) ? { layers: entry["config"] as unknown } : entry["config"];
  const config = layerConfig(file, name, inner);
  const inputShape = readInputShape(config, className, entry["build_config"]);
  const nodes = entry["inbound_nodes"] ?? entry["inboundNodes"];
  const read = (): LayerKind => {
    if (className === "InputLayer") return inputKind(config, inputShape);
    if (isFunction(className, entry["module"])) return readFunction(className, config, nodes);
    const kind = readKind(className, config, depth, readNetwork);
    const reason = findChange(config);
    return reason === undefined ? kind : { ...kind, operation: { type: "unknown", reason } };
  };
  return {
    name,
    className,
    kind: read(),
    trainable: flagOf(config, "trainable", true),
    regularized: hasRegularizer(config.values),
    inputShape,
    calls: readInboundNodes(file, name, nodes),
  };
}

/** Reads all layers of a network. Errors: `invalid-data`, also for duplicate names. */
export function readLayers(
  file: string,
  network: string,
  given: unknown,
  context: { readonly depth: number; readonly budget: ReadBudget; readonly readNetwork: ReadNetwork },
): readonly ParsedLayer[] {
  if (!Array.isArray(given)) throw layerFault(file, network, "its layers are not a list");
  context.budget.layers += given.length;
  if (context.budget.layers > maxLayers)
    throw layerFault(file, network, `got more than ${maxLayers} layers, allowed: up to ${maxLayers}`);
  const names = new Set<string>();
  return (given as readonly unknown[]).map((entry, place) => {
    const layer = parseLayer(file, entry, { place, depth: context.depth, readNetwork: context.readNetwork });
    if (names.has(layer.name))
      throw layerFault(file, network, `two layers are named ${quoteName(layer.name)}`);
    names.add(layer.name);
    return layer;
  });
}
