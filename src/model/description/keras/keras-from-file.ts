import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { ModelFile } from "../../file/header/model-file.ts";
import { buildNetwork } from "./topology/build-network.ts";
import { describeGraph } from "./topology/graph-network.ts";
import type { KerasNetwork } from "./network/keras-network.ts";
import { checkWeights, groupWeights } from "./topology/manifest-weights.ts";
import { networkClasses } from "./layers/read-kind.ts";

/** How to fill in what the file of a network leaves open. */
export interface KerasNetworkOptions {
  /** The value for each variable size of an input, such as the length of a text. Default: such sizes stay unknown. */
  readonly openSize?: number | undefined;
}

/** Whether a user-defined class is written as the functional network that it is. */
function hasLayers(config: unknown): boolean {
  return isJsonObject(config) && Array.isArray(config["layers"]) && config["input_layers"] !== undefined;
}

/** Counts the layers of each name, those of nested networks included. */
function countNames(network: KerasNetwork): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const pending = [network];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const layer of next.layers) {
      counts.set(layer.name, (counts.get(layer.name) ?? 0) + 1);
      if (layer.operation.type === "network") pending.push(layer.operation.network);
    }
  }
  return counts;
}

/**
 * Reads a network of Keras 1 to 3 or TensorFlow.js from the topology of a model.json or .keras: its layers with their shapes
 * (the batch is undefined), weights, parameters and edges. Of a graph converted for TensorFlow.js, only the weights. Checks the
 * weights against those that the file lists.
 * Errors: `invalid-data` with the layer, `unknown-format` for another file, `invalid-option`.
 */
export function kerasNetwork(file: ModelFile, options: KerasNetworkOptions = {}): KerasNetwork {
  requireKnownFields("options", options, ["openSize"]);
  if (options.openSize !== undefined) requireInteger("openSize", options.openSize, 1, 2 ** 31 - 1);
  if (file.format !== "keras") {
    throw new LoadlineError(
      "unknown-format",
      `${file.name}: is not a Keras network, allowed: a model.json or .keras file`,
      {
        details: { file: file.name },
      },
    );
  }
  const className = file.topology["class_name"] ?? file.topology["className"];
  if (Array.isArray(file.topology["node"])) return describeGraph(file);
  const allowed = [...networkClasses].join(", ");
  if (typeof className !== "string")
    throw fileFault(file.name, `its class_name is missing, allowed: ${allowed}`);
  const known = networkClasses.has(className);
  if (!known && !hasLayers(file.topology["config"])) {
    throw fileFault(
      file.name,
      `got the class ${quoteName(className)}, whose layers are not in this file, allowed: ${allowed}. Convert a user-defined class to one of these`,
    );
  }
  const manifest = groupWeights(file.weights);
  const context = { file: file.name, manifest, budget: { layers: 0, calls: 0 } };
  const network = buildNetwork(
    context,
    known ? className : "Functional",
    file.topology["config"],
    options.openSize,
  );
  const names = countNames(network);
  for (const layer of network.layers) {
    // A part of a weight's name can be that of a layer of a nested network.
    if (names.get(layer.name) === 1 && layer.weights !== undefined && layer.operation.type !== "unknown")
      checkWeights(file.name, layer.name, layer.weights, manifest);
  }
  return network;
}
