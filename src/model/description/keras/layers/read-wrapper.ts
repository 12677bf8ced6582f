import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { KerasShape } from "../network/keras-network.ts";
import { type LayerConfig, layerConfig, layerFault, valueOf, wordOf } from "./layer-config.ts";
import { type BuiltLayer, inputOf, type LayerKind, state, unknownKind } from "./layer-kind.ts";

/** Reads the layer within: a class of layers, or a whole network. */
export type ReadInner = (className: string, config: LayerConfig) => LayerKind;

/** The layer that a wrapper wraps, with the settings that go over its own. */
function innerOf(
  config: LayerConfig,
  name: string,
  over: Readonly<Record<string, unknown>>,
  read: ReadInner,
): LayerKind {
  const given = valueOf(config, name);
  const className = isJsonObject(given) ? (given["class_name"] ?? given["className"]) : undefined;
  if (!isJsonObject(given) || typeof className !== "string")
    throw layerFault(config.file, config.layer, `${name}: allowed: a layer`);
  const inner = layerConfig(config.file, config.layer, given["config"]);
  return read(className, { ...inner, values: { ...inner.values, ...over } });
}

/** The layer is applied to each step of the second axis. */
export function readTimeDistributed(config: LayerConfig, read: ReadInner): LayerKind {
  const inner = innerOf(config, "layer", {}, read);
  if (inner.operation.type === "unknown") return unknownKind;
  return {
    operation: { type: "time-distributed", layer: inner.operation },
    activations: inner.activations,
    build: (inputs) => {
      const input = inputOf(config, inputs, 3, 16);
      const built = inner.build([[input[0], ...input.slice(2)]]);
      const output = built.outputs[0];
      return {
        weights: built.weights,
        outputs: [output === undefined ? undefined : [undefined, input[1], ...output.slice(1)]],
      };
    },
  };
}

/** A layer whose kernel is divided by its largest singular value, for which one vector is kept. */
export function readSpectral(config: LayerConfig, read: ReadInner): LayerKind {
  const inner = innerOf(config, "layer", {}, read);
  if (inner.operation.type === "unknown") return unknownKind;
  return {
    operation: { type: "other" },
    activations: inner.activations,
    build: (inputs) => {
      const built = inner.build(inputs);
      const kernel = built.weights.find(({ name }) => name === "kernel" || name === "embeddings");
      const width = kernel?.shape.at(-1);
      if (width === undefined)
        throw layerFault(config.file, config.layer, "layer: allowed: one with a kernel");
      return { weights: [...built.weights, state("vector_u", 1, width)], outputs: built.outputs };
    },
  };
}

function mergedShape(output: KerasShape, mode: string): KerasShape {
  const last = output.at(-1);
  return mode === "concat" && last !== undefined ? [...output.slice(0, -1), 2 * last] : output;
}

/** Two copies of a recurrent layer, one of them backwards. */
export function readBidirectional(config: LayerConfig, read: ReadInner): LayerKind {
  const forward = innerOf(config, "layer", {}, read);
  const ahead = forward.operation;
  if (ahead.type === "unknown") return unknownKind;
  if (ahead.type !== "recurrent" && ahead.type !== "conv-lstm")
    throw layerFault(config.file, config.layer, "layer: allowed: a recurrent layer");
  const backward =
    valueOf(config, "backward_layer") === undefined
      ? innerOf(config, "layer", { go_backwards: !ahead.backwards }, read)
      : innerOf(config, "backward_layer", {}, read);
  const apart = "merge_mode" in config.values && config.values["merge_mode"] === null;
  const mode = wordOf(config, "merge_mode", ["concat", "sum", "ave", "mul"], "concat");
  return {
    operation: {
      type: "bidirectional",
      forward: ahead,
      backward: backward.operation,
      merge: apart ? undefined : mode,
    },
    activations: forward.activations,
    build: (inputs): BuiltLayer => {
      const one = forward.build(inputs);
      const two = backward.build(inputs);
      const [output, ...states] = one.outputs;
      const [second, ...others] = two.outputs;
      const outputs = apart
        ? [output, second]
        : [output === undefined ? undefined : mergedShape(output, mode)];
      return {
        weights: [
          ...one.weights.map((each) => ({ ...each, name: `forward/${each.name}` })),
          ...two.weights.map((each) => ({ ...each, name: `backward/${each.name}` })),
        ],
        outputs: [...outputs, ...states, ...others],
      };
    },
  };
}
