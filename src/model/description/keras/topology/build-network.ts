import { quoteName } from "../../../../shared/file-fault.ts";
import { buildGraph, connectInSequence } from "./call-graph.ts";
import type { CallGraph } from "./call-graph.ts";
import { evaluateCalls } from "./evaluate-calls.ts";
import type { Evaluated } from "./evaluate-calls.ts";
import { readEnds } from "./inbound-nodes.ts";
import type { KerasLayer, KerasNetwork, KerasShape, KerasWeight } from "../network/keras-network.ts";
import { flagOf, layerConfig, layerFault, valueOf } from "../layers/layer-config.ts";
import type { LayerConfig } from "../layers/layer-config.ts";
import type { LayerKind } from "../layers/layer-kind.ts";
import { findListedWeights } from "./manifest-weights.ts";
import type { Manifest } from "./manifest-weights.ts";
import { readLayers } from "./read-layers.ts";
import type { ParsedLayer, ReadBudget } from "./read-layers.ts";

/** What a file and all its nested networks share. */
export interface BuildContext {
  readonly file: string;
  readonly manifest: Manifest;
  readonly budget: ReadBudget;
}

interface Parsed {
  readonly name: string;
  readonly kind: KerasNetwork["kind"];
  readonly layers: readonly ParsedLayer[];
  readonly graph: CallGraph;
}

function countElements(weights: readonly KerasWeight[]): number {
  return weights.reduce((sum, each) => sum + each.shape.reduce((all, size) => all * size, 1), 0);
}

function layerOf(
  context: BuildContext,
  layer: ParsedLayer,
  computed: readonly KerasWeight[] | undefined,
): KerasLayer {
  const known = layer.kind.operation.type !== "unknown";
  const { operation } = layer.kind;
  // The weights of a network with an unknown part are unknown.
  const isComplete = known && !(operation.type === "network" && operation.network.parameters === undefined);
  const all = (isComplete ? computed : undefined) ?? findListedWeights(context.manifest, layer.name);
  const weights = layer.trainable ? all : all?.map((each) => ({ ...each, trainable: false }));
  return {
    name: layer.name,
    className: layer.className,
    operation: layer.kind.operation,
    weights,
    parameters: weights === undefined ? undefined : countElements(weights),
    trainableParameters:
      weights === undefined ? undefined : countElements(weights.filter((each) => each.trainable)),
    activations: layer.kind.activations,
    regularized: layer.regularized,
  };
}

function sumOf(
  layers: readonly KerasLayer[],
  count: (layer: KerasLayer) => number | undefined,
): number | undefined {
  let sum = 0;
  for (const layer of layers) {
    const own = count(layer);
    if (own === undefined) return undefined;
    sum += own;
  }
  return sum;
}

function listUnknown(layers: readonly KerasLayer[], calls: KerasNetwork["calls"]): readonly string[] {
  const sentences = layers.flatMap((layer) => {
    const inner = layer.operation.type === "network" ? layer.operation.network.unknown : [];
    if (layer.operation.type !== "unknown") return inner;
    const { reason } = layer.operation;
    const what = `layer ${quoteName(layer.name)} is a ${quoteName(layer.className)}${reason === undefined ? "" : `, ${reason}`}`;
    return [
      layer.weights === undefined
        ? `${what}: its weights and its computation are unknown`
        : `${what}: its weights are those that the file lists, its computation is unknown`,
    ];
  });
  const shapeless = calls.find((call) => call.outputShapes.includes(undefined));
  if (shapeless === undefined || sentences.length > 0) return sentences;
  return [`the shape after layer ${quoteName(layers[shapeless.layer]?.name ?? "")} is unknown`];
}

function assemble(context: BuildContext, parsed: Parsed, evaluated: Evaluated): KerasNetwork {
  const layers = parsed.layers.map((layer, index) => layerOf(context, layer, evaluated.weights[index]));
  return {
    name: parsed.name,
    kind: parsed.kind,
    layers,
    calls: evaluated.calls,
    inputs: parsed.graph.inputs,
    outputs: parsed.graph.outputs,
    parameters: sumOf(layers, (layer) => layer.parameters),
    trainableParameters: sumOf(layers, (layer) => layer.trainableParameters),
    unknown: listUnknown(layers, evaluated.calls),
  };
}

/** Puts an input before a sequence that begins with a computing layer, named as TensorFlow.js does. */
function addInput(layers: readonly ParsedLayer[]): readonly ParsedLayer[] {
  const [first] = layers;
  if (first === undefined || first.kind.operation.type === "input") return layers;
  const { inputShape } = first;
  const input: ParsedLayer = {
    name: `${first.name}_input`,
    className: "InputLayer",
    kind: {
      operation: { type: "input", dtype: "float32" },
      activations: [],
      build: () => ({ weights: [], outputs: [inputShape] }),
    },
    trainable: true,
    regularized: false,
    inputShape,
    calls: [],
  };
  return [input, ...layers];
}

function parseNetwork(context: BuildContext, className: string, config: LayerConfig, depth: number): Parsed {
  const { file } = context;
  const given = valueOf(config, "name");
  const name = typeof given === "string" ? given : config.layer;
  const layers = readLayers(file, name, valueOf(config, "layers"), {
    depth,
    budget: context.budget,
    readNetwork: (inner, own, below) => readNested(context, inner, own, below),
  });
  if (layers.length === 0) throw layerFault(file, name, "is a network without layers");
  if (className === "Sequential") {
    const all = addInput(layers);
    return { name, kind: "sequential", layers: all, graph: connectInSequence(all) };
  }
  const ends = {
    inputs: readEnds(file, name, "input_layers", valueOf(config, "input_layers")),
    outputs: readEnds(file, name, "output_layers", valueOf(config, "output_layers")),
  };
  return { name, kind: "functional", layers, graph: buildGraph(file, name, layers, ends) };
}

/** Reads a network in place of a layer: it has its own weights, and shapes that depend on the call. */
function readNested(context: BuildContext, className: string, config: LayerConfig, depth: number): LayerKind {
  const parsed = parseNetwork(context, className, config, depth);
  const evaluate = (inputs: readonly (KerasShape | undefined)[]): Evaluated =>
    evaluateCalls(context.file, parsed.layers, {
      graph: parsed.graph,
      given: inputs,
      budget: context.budget,
    });
  const network = assemble(context, parsed, evaluate([]));
  return {
    operation: { type: "network", network },
    activations: [...new Set(network.layers.flatMap((layer) => layer.activations))],
    build: (inputs) => {
      const called = evaluate(inputs);
      const trained = flagOf(config, "trainable", true);
      const weights = parsed.layers.flatMap(
        (layer, index) => layerOf(context, layer, called.weights[index]).weights ?? [],
      );
      return {
        weights: trained ? weights : weights.map((each) => ({ ...each, trainable: false })),
        outputs: parsed.graph.outputs.map((edge) => called.calls[edge.call]?.outputShapes[edge.output]),
      };
    },
  };
}

/** Builds a network from its class and settings. `openSize` replaces every variable size of its inputs. Errors: `invalid-data`. */
export function buildNetwork(
  context: BuildContext,
  className: string,
  config: unknown,
  openSize: number | undefined,
): KerasNetwork {
  const inner = Array.isArray(config) ? { layers: config as unknown } : config;
  const parsed = parseNetwork(
    context,
    className,
    layerConfig(context.file, className.toLowerCase(), inner),
    0,
  );
  const inputs = parsed.graph.inputs.map((edge) => {
    const layer = parsed.layers[parsed.graph.calls[edge.call]?.layer ?? 0];
    const declared = layer?.inputShape;
    if (openSize === undefined || declared === undefined) return declared;
    return declared.map((size, axis) => (axis === 0 ? undefined : (size ?? openSize)));
  });
  return assemble(
    context,
    parsed,
    evaluateCalls(context.file, parsed.layers, {
      graph: parsed.graph,
      given: inputs,
      budget: context.budget,
    }),
  );
}
