import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import { quoteName } from "../../../../shared/file-fault.ts";
import { inboundNodes, type NodeReference } from "./inbound-nodes.ts";
import type { KerasShape } from "../network/keras-network.ts";
import {
  flagOf,
  type LayerConfig,
  layerConfig,
  layerFault,
  notedShape,
  partialSizes,
  sizeOf,
  valueOf,
} from "../layers/layer-config.ts";
import type { LayerKind } from "../layers/layer-kind.ts";
import { isFunction, readFunction } from "../layers/read-function.ts";
import { readKind, type ReadNetwork } from "../layers/read-kind.ts";

/** Most layers of a network and of all within it: the deepest published have some thousand. */
export const maxLayers = 50_000;

/** A layer as the file has it, its settings read. */
export interface ParsedLayer {
  readonly name: string;
  readonly className: string;
  readonly kind: LayerKind;
  readonly trainable: boolean;
  readonly regularized: boolean;
  /** What it says itself about its input, where it does. */
  readonly inputShape: KerasShape | undefined;
  readonly calls: readonly (readonly NodeReference[])[];
}

/** What is counted over a file and all networks within. */
export interface ReadBudget {
  layers: number;
  /** Calls whose shapes were computed: shared networks within shared networks multiply. */
  calls: number;
}

/** Shape of an input with the batch in front, from the settings of whichever release wrote it. */
function ownInput(config: LayerConfig, className: string, outer: unknown): KerasShape | undefined {
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
  // what Keras 3 notes when it builds a layer; of a layer of several inputs it is a list of shapes, and no help
  return notedShape(isJsonObject(outer) ? outer["input_shape"] : undefined);
}

function inputKind(config: LayerConfig, shape: KerasShape | undefined): LayerKind {
  if (shape === undefined) throw layerFault(config.file, config.layer, "an input without a shape");
  const dtype = valueOf(config, "dtype");
  const named: unknown =
    isJsonObject(dtype) && isJsonObject(dtype["config"]) ? dtype["config"]["name"] : dtype;
  return {
    operation: { type: "input", dtype: typeof named === "string" ? named : "float32" },
    activations: [],
    build: () => ({ weights: [], outputs: [shape] }),
  };
}

/** True where one of the settings is a regularizer, also of a layer within. */
function regularizedBy(values: JsonObject): boolean {
  const inner: unknown = isJsonObject(values["layer"]) ? values["layer"]["config"] : undefined;
  return [values, isJsonObject(inner) ? inner : {}].some((each) =>
    Object.entries(each).some(
      ([name, value]) => /regularizer$/iu.test(name) && value !== null && value !== undefined,
    ),
  );
}

/** Why a layer's weights are not those of its class: Keras changes them in place. */
function changedWeights(config: LayerConfig): string | undefined {
  const dtype = valueOf(config, "dtype");
  const policy = isJsonObject(dtype) ? dtype["class_name"] : undefined;
  // a policy by itself, or written as "int8_from_float32"
  const quantized =
    typeof policy === "string" ? policy.startsWith("Quantized") : String(dtype).includes("_from_");
  if (quantized) return "quantized";
  return valueOf(config, "lora_rank") === undefined ? undefined : "with low-rank adapters";
}

/** One layer of the list. Throws `invalid-data`. */
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
  if (!isJsonObject(entry)) throw layerFault(file, where, "no object");
  const className = entry["class_name"] ?? entry["className"];
  if (typeof className !== "string") throw layerFault(file, where, "no class_name");
  const given = isJsonObject(entry["config"]) ? entry["config"]["name"] : undefined;
  const name = entry["name"] ?? given ?? `${className}_${place}`;
  if (typeof name !== "string") throw layerFault(file, where, "its name is no text");
  // a network of Keras 1 has a list of layers for its config
  const inner = Array.isArray(entry["config"]) ? { layers: entry["config"] as unknown } : entry["config"];
  const config = layerConfig(file, name, inner);
  const inputShape = ownInput(config, className, entry["build_config"]);
  const nodes = entry["inbound_nodes"] ?? entry["inboundNodes"];
  const read = (): LayerKind => {
    if (className === "InputLayer") return inputKind(config, inputShape);
    if (isFunction(className, entry["module"])) return readFunction(className, config, nodes);
    const kind = readKind(className, config, depth, readNetwork);
    const reason = changedWeights(config);
    return reason === undefined ? kind : { ...kind, operation: { type: "unknown", reason } };
  };
  return {
    name,
    className,
    kind: read(),
    trainable: flagOf(config, "trainable", true),
    regularized: regularizedBy(config.values),
    inputShape,
    calls: inboundNodes(file, name, nodes),
  };
}

/** All layers of a network. Throws `invalid-data`, also for two of one name. */
export function readLayers(
  file: string,
  network: string,
  given: unknown,
  context: { readonly depth: number; readonly budget: ReadBudget; readonly readNetwork: ReadNetwork },
): readonly ParsedLayer[] {
  if (!Array.isArray(given)) throw layerFault(file, network, "layers: allowed: a list");
  context.budget.layers += given.length;
  if (context.budget.layers > maxLayers) throw layerFault(file, network, `more than ${maxLayers} layers`);
  const names = new Set<string>();
  return (given as readonly unknown[]).map((entry, place) => {
    const layer = parseLayer(file, entry, { place, depth: context.depth, readNetwork: context.readNetwork });
    if (names.has(layer.name))
      throw layerFault(file, network, `two layers are named ${quoteName(layer.name)}`);
    names.add(layer.name);
    return layer;
  });
}
