import { type CallGraph, edgeKey } from "./call-graph.ts";
import type { KerasCall, KerasShape, KerasWeight } from "../network/keras-network.ts";
import { layerFault } from "../layers/layer-config.ts";
import type { ParsedLayer, ReadBudget } from "./read-layers.ts";

/** Most calls of one file with those of shared networks within: what a hostile file could multiply without end. */
const maxCalls = 500_000;

/** Shapes of every call and weights of every layer; undefined where an input's shape is not known. */
export interface Evaluated {
  readonly calls: readonly KerasCall[];
  readonly weights: readonly (readonly KerasWeight[] | undefined)[];
}

function sameWeights(one: readonly KerasWeight[], two: readonly KerasWeight[]): boolean {
  return (
    one.length === two.length && one.every((each, index) => each.shape.join() === two[index]?.shape.join())
  );
}

/** The sizes that are given over those that a network was declared with and left open. */
function merged(declared: KerasShape | undefined, given: KerasShape | undefined): KerasShape | undefined {
  if (declared === undefined || given === undefined || declared.length !== given.length)
    return given ?? declared;
  return declared.map((size, axis) => size ?? given[axis]);
}

/** What Keras noted over what was computed here: it knows what is not known here, such as a layer of the user's own. */
function told(computed: KerasShape | undefined, noted: KerasShape | undefined): KerasShape | undefined {
  if (noted === undefined || noted.length !== computed?.length) return noted ?? computed;
  return noted.map((size, axis) => size ?? computed[axis]);
}

/** A product past 2^53 has no exact number of bytes. */
function checkSize(file: string, layer: string, shape: readonly (number | undefined)[]): void {
  const elements = shape.reduce<number>((all, size) => all * (size ?? 1), 4);
  if (!Number.isSafeInteger(elements))
    throw layerFault(
      file,
      layer,
      `${shape.map((size) => size ?? "?").join(" x ")} elements, more than 2^53 bytes`,
    );
}

/** Computes all shapes in order. `given` are shapes of the network's inputs. Throws `invalid-data`. */
export function evaluateCalls(
  file: string,
  layers: readonly ParsedLayer[],
  {
    graph,
    given,
    budget,
  }: {
    readonly graph: CallGraph;
    readonly given: readonly (KerasShape | undefined)[];
    readonly budget: ReadBudget;
  },
): Evaluated {
  budget.calls += graph.calls.length;
  const weights: (readonly KerasWeight[] | undefined)[] = layers.map(() => undefined);
  const calls: KerasCall[] = [];
  const outside = new Map(graph.inputs.map((edge, index) => [edge.call, given[index]]));
  for (const [place, { layer: index, inputs }] of graph.calls.entries()) {
    const layer = layers[index];
    if (layer === undefined) continue;
    if (budget.calls > maxCalls)
      throw layerFault(
        file,
        layer.name,
        `more than ${maxCalls} calls of layers, shared networks with each call`,
      );
    const isInput = layer.kind.operation.type === "input";
    const inputShapes = inputs.map((edge) => calls[edge.call]?.outputShapes[edge.output]);
    let outputShapes: readonly (KerasShape | undefined)[] = [undefined];
    if (isInput) {
      weights[index] = [];
      outputShapes = [merged(layer.inputShape, outside.get(place))];
    } else if (inputShapes.every((shape) => shape !== undefined)) {
      const built = layer.kind.build(inputShapes);
      const before = weights[index];
      if (before !== undefined && !sameWeights(before, built.weights))
        throw layerFault(file, layer.name, "it is called with inputs that need weights of other sizes");
      weights[index] = built.weights;
      for (const each of built.weights) checkSize(file, layer.name, each.shape);
      outputShapes = built.outputs;
    }
    outputShapes = outputShapes.map((shape, output) => told(shape, graph.noted.get(edgeKey(place, output))));
    for (const shape of outputShapes) if (shape !== undefined) checkSize(file, layer.name, shape);
    calls.push({ layer: index, inputs, inputShapes, outputShapes });
  }
  return { calls, weights };
}
