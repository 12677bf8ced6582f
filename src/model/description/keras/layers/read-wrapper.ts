import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { KerasShape } from "../network/keras-network.ts";
import { layerConfig, layerFault, valueOf, wordOf } from "./layer-config.ts";
import type { LayerConfig } from "./layer-config.ts";
import { inputOf, state, unknownKind } from "./layer-kind.ts";
import type { BuiltLayer, LayerKind } from "./layer-kind.ts";

/** Reads a wrapped layer: a layer of any class, or a network. */
export type ReadInner = (className: string, config: LayerConfig) => LayerKind;

/** Reads the wrapped layer, with the settings that override its own. */
function readInner(
  config: LayerConfig,
  name: string,
  over: Readonly<Record<string, unknown>>,
  read: ReadInner,
): LayerKind {
  const given = valueOf(config, name);
  const className = isJsonObject(given) ? (given["class_name"] ?? given["className"]) : undefined;
  if (!isJsonObject(given) || typeof className !== "string")
    throw layerFault(config.file, config.layer, `${name} must be a layer`);
  const inner = layerConfig(config.file, config.layer, given["config"]);
  return read(className, { ...inner, values: { ...inner.values, ...over } });
}

/** Reads a wrapper that applies its layer to each step of the second axis. */
export function readTimeDistributed(config: LayerConfig, read: ReadInner): LayerKind {
  const inner = readInner(config, "layer", {}, read);
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

/** Reads a wrapper that divides the kernel by its largest singular value, and stores one vector for it. */
export function readSpectral(config: LayerConfig, read: ReadInner): LayerKind {
  const inner = readInner(config, "layer", {}, read);
  if (inner.operation.type === "unknown") return unknownKind;
  return {
    operation: { type: "other" },
    activations: inner.activations,
    build: (inputs) => {
      const built = inner.build(inputs);
      const kernel = built.weights.find(({ name }) => name === "kernel" || name === "embeddings");
      const width = kernel?.shape.at(-1);
      if (width === undefined) throw layerFault(config.file, config.layer, "layer must have a kernel");
      return { weights: [...built.weights, state("vector_u", 1, width)], outputs: built.outputs };
    },
  };
}

function mergeShapes(output: KerasShape, mode: string): KerasShape {
  const last = output.at(-1);
  return mode === "concat" && last !== undefined ? [...output.slice(0, -1), 2 * last] : output;
}

/** Reads two copies of a recurrent layer, one of them backwards. */
export function readBidirectional(config: LayerConfig, read: ReadInner): LayerKind {
  const forward = readInner(config, "layer", {}, read);
  const ahead = forward.operation;
  if (ahead.type === "unknown") return unknownKind;
  if (ahead.type !== "recurrent" && ahead.type !== "conv-lstm")
    throw layerFault(config.file, config.layer, "layer must be recurrent");
  const backward =
    valueOf(config, "backward_layer") === undefined
      ? readInner(config, "layer", { go_backwards: !ahead.backwards }, read)
      : readInner(config, "backward_layer", {}, read);
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
        : [output === undefined ? undefined : mergeShapes(output, mode)];
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
