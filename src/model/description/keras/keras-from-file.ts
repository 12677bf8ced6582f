import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import { fileFault, quoteName } from "../../../shared/file-fault.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { ModelFile } from "../../file/header/model-file.ts";
import { buildNetwork } from "./topology/build-network.ts";
import { graphNetwork } from "./topology/graph-network.ts";
import type { KerasNetwork } from "./network/keras-network.ts";
import { checkWeights, manifestOf } from "./topology/manifest-weights.ts";
import { networkClasses } from "./layers/read-kind.ts";

/** How the parts of a network that its file leaves open are filled in. */
export interface KerasNetworkOptions {
  /** Stands for each size of an input that varies, such as the length of a text. Default: they stay unknown. */
  readonly openSize?: number | undefined;
}

/** True where a class of the user's own is written as the functional network that it is. */
function hasLayers(config: unknown): boolean {
  return isJsonObject(config) && Array.isArray(config["layers"]) && config["input_layers"] !== undefined;
}

/** Layers with the networks in their places opened; names may stand in several of them. */
function namesOf(network: KerasNetwork): ReadonlyMap<string, number> {
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
 * The layers of a network of Keras 1 to 3 or TensorFlow.js, their shapes (the batch undefined), weights, parameters and edges,
 * from the topology of a model.json or .keras. Of a graph that was converted for TensorFlow.js, the weights alone. Weights are checked against those that the file lists.
 * Throws `invalid-data` naming the layer, `unknown-format` for another file, `invalid-option`.
 */
export function kerasNetwork(file: ModelFile, options: KerasNetworkOptions = {}): KerasNetwork {
  requireKnownFields("options", options, ["openSize"]);
  if (options.openSize !== undefined) requireInteger("openSize", options.openSize, 1, 2 ** 31 - 1);
  if (file.format !== "keras") {
    throw new LoadlineError("unknown-format", `${file.name}: no network of Keras; allowed: a model.json`, {
      details: { file: file.name },
    });
  }
  const className = file.topology["class_name"] ?? file.topology["className"];
  if (Array.isArray(file.topology["node"])) return graphNetwork(file);
  const allowed = [...networkClasses].join(", ");
  if (typeof className !== "string") throw fileFault(file.name, `its class_name: allowed: ${allowed}`);
  const known = networkClasses.has(className);
  if (!known && !hasLayers(file.topology["config"])) {
    throw fileFault(
      file.name,
      `${quoteName(className)} is a class of the user's own, whose layers are in its code and not in this file; allowed: ${allowed}`,
    );
  }
  const manifest = manifestOf(file.weights);
  const context = { file: file.name, manifest, budget: { layers: 0, calls: 0 } };
  const network = buildNetwork(
    context,
    known ? className : "Functional",
    file.topology["config"],
    options.openSize,
  );
  const names = namesOf(network);
  for (const layer of network.layers) {
    // a part of a weight's name can be that of a layer within another network
    if (names.get(layer.name) === 1 && layer.weights !== undefined && layer.operation.type !== "unknown")
      checkWeights(file.name, layer.name, layer.weights, manifest);
  }
  return network;
}
