import type { Layer, Network } from "../network/layer.ts";
import { inferShapes } from "../network/shapes.ts";
import type { Builder } from "./builder.ts";
import { createBuilder } from "./builder.ts";
import { fuseDerivatives } from "./fuse-derivatives.ts";
import type { Graph, Operation } from "./graph.ts";
import { lowerLayer } from "./lower-layer.ts";
import type { LossName } from "./lower-loss.ts";
import { lowerLoss, withoutLastActivation } from "./lower-loss.ts";
import type { Optimizer } from "./optimizer.ts";
import { removeUnused } from "./remove-unused.ts";
import type { UpdateMode } from "./updates.ts";
import { planUpdates } from "./updates.ts";
import type { Lowered, Value } from "./value.ts";

export interface GraphOptions {
  readonly loss: LossName;
  /** Undefined: gradients are computed, but nothing is updated. */
  readonly optimizer: Optimizer | undefined;
  readonly updates: UpdateMode;
  /** Indexes of the layers whose outputs are kept, ascending; the backward pass computes the others again. Undefined: all. */
  readonly keptLayers: readonly number[] | undefined;
}

/** Consecutive layers of which only the input is kept; the backward pass computes the rest again. */
interface Segment {
  readonly first: number;
  readonly layers: readonly Layer[];
}

/** Cuts the layers after each one whose output is kept. */
function cut(layers: readonly Layer[], kept: readonly number[] | undefined): readonly Segment[] {
  if (kept === undefined) return layers.map((layer, first) => ({ first, layers: [layer] }));
  const ends = [...new Set([...kept, layers.length - 1])].sort((a, b) => a - b);
  let first = 0;
  return ends.map((end) => {
    const segment = { first, layers: layers.slice(first, end + 1) };
    first = end + 1;
    return segment;
  });
}

interface LoweredSegment {
  readonly segment: Segment;
  readonly input: Value;
  readonly output: Value;
  readonly lowered: readonly Lowered[];
}

function lowerSegment(
  builder: Builder,
  segment: Segment,
  input: Value,
  phase: "forward" | "backward",
): LoweredSegment {
  const lowered: Lowered[] = [];
  let value = input;
  segment.layers.forEach((layer, index) => {
    const path = `layers.${segment.first + index}`;
    builder.setPlace(phase, phase === "forward" ? path : `${path}, computed again`);
    const each = lowerLayer(builder, layer, path, value);
    lowered.push(each);
    value = each.output;
  });
  return { segment, input, output: value, lowered };
}

/** Emits the backward pass through all segments; returns which recomputed outputs equal kept ones. */
function emitBackward(
  builder: Builder,
  segments: readonly LoweredSegment[],
  gradient: number,
  sink: ReturnType<typeof planUpdates>["sink"],
): ReadonlyMap<number, number> {
  const same = new Map<number, number>();
  let dy: number | undefined = gradient;
  for (let index = segments.length - 1; index >= 0; index--) {
    const kept = segments[index];
    if (kept === undefined) continue;
    // The last segment's values still exist when the backward pass begins.
    const again = kept.segment.layers.length > 1 && index < segments.length - 1;
    const used = again ? lowerSegment(builder, kept.segment, kept.input, "backward") : kept;
    if (again) same.set(used.output.tensor, kept.output.tensor);
    for (let at = used.lowered.length - 1; at >= 0 && dy !== undefined; at--) {
      builder.setPlace("backward", `layers.${kept.segment.first + at}`);
      const wantsInput = kept.segment.first + at > 0;
      dy = used.lowered[at]?.backward({ dy, wantsInput, into: undefined, sink });
    }
  }
  return same;
}

/** Lets operations read the kept tensors in place of recomputed copies. */
function substitute(
  operations: readonly Operation[],
  same: ReadonlyMap<number, number>,
): readonly Operation[] {
  if (same.size === 0) return operations;
  return operations.map((operation) => ({
    ...operation,
    reads: operation.reads.map((id) => (id === undefined ? undefined : (same.get(id) ?? id))),
  }));
}

/** Lowers a network, its loss, its derivative and its updates to operations over tensors. Errors: `invalid-option`. */
export function buildGraph(network: Network, options: GraphOptions): Graph {
  const builder = createBuilder();
  const [shape] = inferShapes(network);
  const dimensions = shape?.dimensions ?? [];
  const input = builder.tensor("inputs", "sample", dimensions, "inputs");
  const { layers, activation } = withoutLastActivation(network, options.loss);
  const segments: LoweredSegment[] = [];
  let value: Value = { tensor: input, dimensions, mask: undefined, isInput: true };
  for (const segment of cut(layers, options.keptLayers)) {
    const lowered = lowerSegment(builder, segment, value, "forward");
    segments.push(lowered);
    value = lowered.output;
  }
  const forwardLength = builder.operations.length;
  const loss = lowerLoss(builder, options.loss, activation, value);
  const updates = planUpdates(builder, options.optimizer, options.updates);
  const same = emitBackward(builder, segments, loss.gradient, updates.sink);
  builder.setPlace("update", "update");
  updates.finish();
  const parameters = updates.describe();
  const forward = builder.operations.slice(0, forwardLength);
  const back = substitute(builder.operations.slice(forwardLength), same);
  const roots = new Set<number>([value.tensor, loss.losses, loss.hits]);
  for (const each of parameters) {
    roots.add(each.tensor);
    for (const { tensor } of each.state) roots.add(tensor);
    if (options.updates === "none" && each.gradient !== undefined) roots.add(each.gradient);
  }
  const step = fuseDerivatives(removeUnused([...forward, ...back], roots));
  return {
    tensors: builder.tensors,
    parameters,
    input,
    target: loss.target,
    losses: loss.losses,
    hits: loss.hits,
    output: value.tensor,
    step,
    forwardCount: step.filter((operation) => operation.phase === "forward").length,
    evaluate: loss.evaluate,
    predict: loss.predict,
    hasAccuracy: loss.hasAccuracy,
    lossRows: loss.lossRows,
    targetShape: loss.targetShape,
  };
}
