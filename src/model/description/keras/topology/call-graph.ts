import { quoteName } from "../../../../shared/file-fault.ts";
import type { NodeReference } from "./inbound-nodes.ts";
import type { KerasEdge, KerasShape } from "../network/keras-network.ts";
import { layerFault, notedShape } from "../layers/layer-config.ts";
import type { ParsedLayer } from "./read-layers.ts";

/** A call before shapes are known. */
export interface PlannedCall {
  readonly layer: number;
  readonly inputs: readonly KerasEdge[];
}

/** The calls of a network in an order in which they can be computed, with its ends. */
export interface CallGraph {
  readonly calls: readonly PlannedCall[];
  readonly inputs: readonly KerasEdge[];
  readonly outputs: readonly KerasEdge[];
  /** Shapes of calls' outputs that the file notes where they are read, by call and output. */
  readonly noted: ReadonlyMap<string, KerasShape>;
}

/** Layers one after the other; one that is no input itself gets its input from outside. */
export function chain(layers: readonly ParsedLayer[]): CallGraph {
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

interface Numbered {
  readonly calls: readonly { readonly layer: number; readonly references: readonly NodeReference[] }[];
  readonly first: ReadonlyMap<string, number>;
  readonly counts: ReadonlyMap<string, number>;
  /** Names of layers that are networks, and of those whose calls the whole file counts from 1. */
  readonly networks: ReadonlySet<string>;
  readonly shifted: ReadonlySet<string>;
}

/**
 * Numbers every call. A network within has made its own call before, so files count its calls from 1: where all references to
 * one begin at 1 and go past its last call, they are moved down.
 */
function numbered(layers: readonly ParsedLayer[], ends: readonly NodeReference[]): Numbered {
  const calls: { layer: number; references: readonly NodeReference[] }[] = [];
  const first = new Map<string, number>();
  const counts = new Map<string, number>();
  layers.forEach((layer, place) => {
    first.set(layer.name, calls.length);
    const own = layer.calls.length === 0 && layer.className === "InputLayer" ? [[]] : layer.calls;
    counts.set(layer.name, own.length);
    for (const references of own) calls.push({ layer: place, references });
  });
  const least = new Map<string, number>();
  const most = new Map<string, number>();
  for (const { layer, node } of [...calls.flatMap((call) => call.references), ...ends]) {
    least.set(layer, Math.min(least.get(layer) ?? node, node));
    most.set(layer, Math.max(most.get(layer) ?? node, node));
  }
  const networks = new Set(
    layers.filter(({ kind }) => kind.operation.type === "network").map(({ name }) => name),
  );
  const shifted = new Set(
    [...networks].filter(
      (name) => (least.get(name) ?? 0) >= 1 && (most.get(name) ?? 0) >= (counts.get(name) ?? 0),
    ),
  );
  return { calls, first, counts, networks, shifted };
}

function edgeOf(file: string, reader: string, graph: Numbered, reference: NodeReference): KerasEdge {
  const first = graph.first.get(reference.layer);
  if (first === undefined)
    throw layerFault(file, reader, `reads the layer ${quoteName(reference.layer)}, which is not there`);
  const count = graph.counts.get(reference.layer) ?? 0;
  // Keras 3 counts from 0 between layers and from 1 for the network's outputs
  const past = graph.networks.has(reference.layer) && reference.node === count;
  const node = past || graph.shifted.has(reference.layer) ? reference.node - 1 : reference.node;
  if (node >= count || node < 0)
    throw layerFault(
      file,
      reader,
      `reads call ${reference.node} of the layer ${quoteName(reference.layer)}, which has ${count}`,
    );
  return { call: first + node, output: reference.output };
}

/** An order in which every call comes after those it reads, by Kahn; what is left over lies on a ring. */
function computable(inputs: readonly (readonly KerasEdge[])[]): readonly number[] {
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

/** The key of a call's output in `CallGraph.noted`. */
export function edgeKey(call: number, output: number): string {
  return `${call}/${output}`;
}

/** The graph of a functional network. Throws `invalid-data` for a ring or a reference to nothing. */
export function graphOf(
  file: string,
  network: string,
  layers: readonly ParsedLayer[],
  ends: { readonly inputs: readonly NodeReference[]; readonly outputs: readonly NodeReference[] },
): CallGraph {
  const graph = numbered(layers, [...ends.inputs, ...ends.outputs]);
  const nameOf = (call: number): string => layers[graph.calls[call]?.layer ?? 0]?.name ?? "";
  const edges = graph.calls.map(({ references }, call) =>
    references.map((reference) => edgeOf(file, nameOf(call), graph, reference)),
  );
  const order = computable(edges);
  if (order.length < edges.length) {
    const done = new Set(order);
    const left = edges.findIndex((_, call) => !done.has(call));
    throw layerFault(file, nameOf(left), "its inputs depend on its own output");
  }
  const place = new Map(order.map((call, index) => [call, index]));
  const moved = (edge: KerasEdge): KerasEdge => ({ call: place.get(edge.call) ?? 0, output: edge.output });
  const end = (reference: NodeReference): KerasEdge => moved(edgeOf(file, network, graph, reference));
  const noted = new Map<string, KerasShape>();
  graph.calls.forEach(({ references }, call) =>
    references.forEach(({ shape }, index) => {
      const edge = edges[call]?.[index];
      const sizes = shape === undefined ? undefined : notedShape(shape);
      if (edge === undefined || sizes === undefined) return;
      noted.set(edgeKey(place.get(edge.call) ?? 0, edge.output), sizes);
    }),
  );
  return {
    noted,
    calls: order.map((call) => ({
      layer: graph.calls[call]?.layer ?? 0,
      inputs: (edges[call] ?? []).map(moved),
    })),
    inputs: ends.inputs.map(end),
    outputs: ends.outputs.map(end),
  };
}
