import { quoteName } from "../../../../shared/file-fault.ts";
import type { NodeReference } from "./inbound-nodes.ts";
import type { KerasEdge, KerasShape } from "../network/keras-network.ts";
import { layerFault, parseShape } from "../layers/layer-config.ts";
import type { ParsedLayer } from "./read-layers.ts";

/** A call before shapes are known. */
export interface PlannedCall {
  readonly layer: number;
  readonly inputs: readonly KerasEdge[];
}

/** The calls of a network in an order in which they can be computed, with its inputs and outputs. */
export interface CallGraph {
  readonly calls: readonly PlannedCall[];
  readonly inputs: readonly KerasEdge[];
  readonly outputs: readonly KerasEdge[];
  /** Output shapes that the file states where an output is used, by `edgeKey`. */
  readonly noted: ReadonlyMap<string, KerasShape>;
}

/** Connects layers one after another. */
export function connectInSequence(layers: readonly ParsedLayer[]): CallGraph {
  const calls = layers.map((_, place) => ({
    layer: place,
    inputs: place === 0 ? [] : [{ call: place - 1, output: 0 }],
  }));
  return {
    calls,
    inputs: calls.length === 0 ? [] : [{ call: 0, output: 0 }],
    outputs: calls.length === 0 ? [] : [{ call: calls.length - 1, output: 0 }],
    noted: new Map(),
  };
}

interface NumberedCalls {
  readonly calls: readonly { readonly layer: number; readonly references: readonly NodeReference[] }[];
  readonly first: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
  /** Names of layers that are networks, and of those whose calls all references count from 1. */
  readonly networks: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
}

/**
 * Numbers every call. Making a nested network already counts as a call, so files may count its calls from 1: if all references
 * to it begin at 1 and go past its last call, subtracts 1.
 */
function numberCalls(layers: readonly ParsedLayer[], ends: readonly NodeReference[]): NumberedCalls {
  const calls: { layer: number; references: readonly NodeReference[] }[] = [];
  const first = new Map<string, number>();
  const counts = new Map<string, number>();
  layers.forEach((layer, place) => {
    first.set(layer.name, calls.length);
    const own = layer.calls.length === 0 && layer.className === "InputLayer" ? [[]] : layer.calls;
    counts.set(layer.name, own.length);
    for (const references of own) calls.push({ layer: place, references });
  });
  const minNode = new Map<string, number>();
  const maxNode = new Map<string, number>();
  for (const { layer, node } of [...calls.flatMap((call) => call.references), ...ends]) {
    minNode.set(layer, Math.min(minNode.get(layer) ?? node, node));
    maxNode.set(layer, Math.max(maxNode.get(layer) ?? node, node));
  }
  const networks = new Set(
    layers.filter(({ kind }) => kind.operation.type === "network").map(({ name }) => name),
  );
  const shifted = new Set(
    [...networks].filter(
      (name) => (minNode.get(name) ?? 0) >= 1 && (maxNode.get(name) ?? 0) >= (counts.get(name) ?? 0),
    ),
  );
  return { calls, first, counts, networks, shifted };
}

function edgeOf(file: string, reader: string, graph: NumberedCalls, reference: NodeReference): KerasEdge {
  const first = graph.first.get(reference.layer);
  if (first === undefined)
    throw layerFault(file, reader, `reads the layer ${quoteName(reference.layer)}, which does not exist`);
  const count = graph.counts.get(reference.layer) ?? 0;
  // Keras 3 counts from 0 between layers, but from 1 for the network's outputs.
  const past = graph.networks.has(reference.layer) && reference.node === count;
  const node = past || graph.shifted.has(reference.layer) ? reference.node - 1 : reference.node;
  if (node >= count || node < 0)
    throw layerFault(
      file,
      reader,
      `reads call ${reference.node} of the layer ${quoteName(reference.layer)}, which has ${count} calls`,
    );
  return { call: first + node, output: reference.output };
}

/** Sorts calls so that each follows those it reads, by Kahn's algorithm. Calls on a cycle are left out. */
function sortCalls(inputs: readonly (readonly KerasEdge[])[]): readonly number[] {
  const waiting = inputs.map((edges) => edges.length);
  const readers: number[][] = inputs.map(() => []);
  inputs.forEach((edges, call) => {
    for (const edge of edges) readers[edge.call]?.push(call);
  });
  const order: number[] = [];
  let ready = waiting.flatMap((count, call) => (count === 0 ? [call] : []));
  while (ready.length > 0) {
    const next: number[] = [];
    for (const call of ready) {
      order.push(call);
      for (const reader of readers[call] ?? []) {
        const left = (waiting[reader] ?? 0) - 1;
        waiting[reader] = left;
        if (left === 0) next.push(reader);
      }
    }
    ready = next;
  }
  return order;
}

/** Returns the key of a call's output in `CallGraph.noted`. */
export function edgeKey(call: number, output: number): string {
  return `${call}/${output}`;
}

/** Builds the graph of a functional network. Errors: `invalid-data` for a cycle or a reference to a missing layer or call. */
export function buildGraph(
  file: string,
  network: string,
  layers: readonly ParsedLayer[],
  ends: { readonly inputs: readonly NodeReference[]; readonly outputs: readonly NodeReference[] },
): CallGraph {
  const graph = numberCalls(layers, [...ends.inputs, ...ends.outputs]);
  const nameOf = (call: number): string => layers[graph.calls[call]?.layer ?? 0]?.name ?? "";
  const edges = graph.calls.map(({ references }, call) =>
    references.map((reference) => edgeOf(file, nameOf(call), graph, reference)),
  );
  const order = sortCalls(edges);
  if (order.length < edges.length) {
    const done = new Set(order);
    const left = edges.findIndex((_, call) => !done.has(call));
    throw layerFault(file, nameOf(left), "its inputs depend on its own output");
  }
  const place = new Map(order.map((call, index) => [call, index]));
  const reorder = (edge: KerasEdge): KerasEdge => ({ call: place.get(edge.call) ?? 0, output: edge.output });
  const end = (reference: NodeReference): KerasEdge => reorder(edgeOf(file, network, graph, reference));
  const noted = new Map<string, KerasShape>();
  graph.calls.forEach(({ references }, call) =>
    references.forEach(({ shape }, index) => {
      const edge = edges[call]?.[index];
      const sizes = shape === undefined ? undefined : parseShape(shape);
      if (edge === undefined || sizes === undefined) return;
      noted.set(edgeKey(place.get(edge.call) ?? 0, edge.output), sizes);
    }),
  );
  return {
    noted,
    calls: order.map((call) => ({
      layer: graph.calls[call]?.layer ?? 0,
      inputs: (edges[call] ?? []).map(reorder),
    })),
    inputs: ends.inputs.map(end),
    outputs: ends.outputs.map(end),
  };
}
