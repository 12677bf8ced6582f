import { edgeKey } from "./call-graph.ts";
import type { CallGraph } from "./call-graph.ts";
import type { KerasCall, KerasShape, KerasWeight } from "../network/keras-network.ts";
import { layerFault } from "../layers/layer-config.ts";
import type { ParsedLayer, ReadBudget } from "./read-layers.ts";

/** Calls of one file, those of shared networks included: a hostile file could multiply them without bound. */
const maxCalls = 500_000;

/** Shapes of every call and weights of every layer; undefined where an input's shape is unknown. */
export interface Evaluated {
  readonly calls: readonly KerasCall[];
  readonly weights: readonly (readonly KerasWeight[] | undefined)[];
}

function sameWeights(one: readonly KerasWeight[], two: readonly KerasWeight[]): boolean {
  return (
    one.length === two.length && one.every((each, index) => each.shape.join() === two[index]?.shape.join())
  );
}

/** Fills the sizes that a network's declaration leaves open with given ones. */
function fillShape(declared: KerasShape | undefined, given: KerasShape | undefined): KerasShape | undefined {
  if (declared === undefined || given === undefined || declared.length !== given.length)
    return given ?? declared;
  return declared.map((size, axis) => size ?? given[axis]);
}

/** Prefers the shape that Keras noted to the computed one: Keras knows more, such as a user-defined layer. */
function preferNoted(
  computed: KerasShape | undefined,
  noted: KerasShape | undefined,
): KerasShape | undefined {
  if (noted === undefined || noted.length !== computed?.length) return noted ?? computed;
  return noted.map((size, axis) => size ?? computed[axis]);
}

/** Rejects a shape with more than 2^53 bytes, which a double cannot count exactly. Errors: `invalid-data`. */
function checkSize(file: string, layer: string, shape: readonly (number | undefined)[]): void {
  const elements = shape.reduce<number>((all, size) => all * (size ?? 1), 4);
  if (!Number.isSafeInteger(elements))
    throw layerFault(
      file,
      layer,
      `got ${shape.map((size) => size ?? "?").join(" x ")} elements, allowed: up to 2^53 bytes`,
    );
}

/** Computes all shapes in order. `given` are the shapes of the network's inputs. Errors: `invalid-data`. */
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
        `the network calls its layers more than ${maxCalls} times, counting shared networks once per use; at most ${maxCalls} calls are read`,
      );
    const isInput = layer.kind.operation.type === "input";
    const inputShapes = inputs.map((edge) => calls[edge.call]?.outputShapes[edge.output]);
    let outputShapes: readonly (KerasShape | undefined)[] = [undefined];
    if (isInput) {
      weights[index] = [];
      outputShapes = [fillShape(layer.inputShape, outside.get(place))];
    } else if (inputShapes.every((shape) => shape !== undefined)) {
      const built = layer.kind.build(inputShapes);
      const before = weights[index];
      if (before !== undefined && !sameWeights(before, built.weights))
        throw layerFault(file, layer.name, "is called with inputs that need weights of different sizes");
      weights[index] = built.weights;
      for (const each of built.weights) checkSize(file, layer.name, each.shape);
      outputShapes = built.outputs;
    }
    outputShapes = outputShapes.map((shape, output) =>
      preferNoted(shape, graph.noted.get(edgeKey(place, output))),
    );
    for (const shape of outputShapes) if (shape !== undefined) checkSize(file, layer.name, shape);
    calls.push({ layer: index, inputs, inputShapes, outputShapes });
  }
  return { calls, weights };
}
