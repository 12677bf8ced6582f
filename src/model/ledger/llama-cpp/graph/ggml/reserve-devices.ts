import type { Graph } from "./graph.ts";
import { BufferPlanner } from "./reserve.ts";
import type { GraphTensor } from "./tensor.ts";

/** Gives the device of a layer, or of the output layer. */
export type DeviceOf = (part: number | "output") => string;

/** How a graph is split over devices. */
export interface SplitOptions {
  readonly deviceOf: DeviceOf;
  /**
   * Copies of each value that crosses devices: 4 if the devices work on several micro-batches at a time (pipeline),
   * else 1.
   */
  readonly copies: number;
}

/** Consecutive nodes on one device, and the values they need from other devices. */
interface Split {
  readonly device: string;
  readonly nodes: GraphTensor[];
  readonly inputs: Set<GraphTensor>;
}

/** Alignment of a buffer in bytes: 32 on the host, 128 on accelerators (the widest that one requires). */
const alignmentOf = (device: string): number => (device === "host" ? 32 : 128);

/** A graph by the indices of its nodes: everything that does not depend on which device holds which layer. */
interface Outline {
  /** Layer of each node: the latest among its sources; -1 if it is computed from inputs only. */
  readonly parts: Float64Array;
  /** Index of the node whose bytes a view shows, or -1. */
  readonly shown: Int32Array;
  /** True for nodes that look rows up in a stored table. */
  readonly looksUp: readonly boolean[];
  /**
   * Index of the node that owns each source, for the sources of all nodes one after another; -1 for inputs, -2 for
   * weights.
   */
  readonly owners: Int32Array;
}

const outlines = new WeakMap<Graph, Outline>();

/** Looks rows up in a stored table: done on the host, where the table is stored. */
function looksUp(node: GraphTensor): boolean {
  const [table, ids] = node.sources;
  return table?.external === true && table.part === undefined && ids?.type === "i32";
}

function outlineOf(graph: Graph): Outline {
  const before = outlines.get(graph);
  if (before !== undefined) return before;
  const places = new Map(graph.nodes.map((node, index) => [node, index]));
  const parts = new Float64Array(graph.nodes.length).fill(-1);
  for (const [index, node] of graph.nodes.entries()) {
    for (const source of node.sources) {
      const own = source.part === "output" ? Number.POSITIVE_INFINITY : source.part;
      const place = places.get(source);
      const rank = own ?? (place === undefined ? -1 : (parts[place] ?? -1));
      if (rank > (parts[index] ?? -1)) parts[index] = rank;
    }
  }
  const owners = new Int32Array(graph.nodes.reduce((sum, node) => sum + node.sources.length, 0));
  const shown = new Int32Array(graph.nodes.length);
  let at = 0;
  for (const [index, node] of graph.nodes.entries()) {
    shown[index] = node.viewOf === undefined ? -1 : (places.get(node.viewOf) ?? -1);
    for (const source of node.sources) {
      const owner = source.viewOf ?? source;
      owners[at] = owner.external ? -2 : (places.get(owner) ?? -1);
      at++;
    }
  }
  const outline: Outline = { parts, shown, looksUp: graph.nodes.map(looksUp), owners };
  outlines.set(graph, outline);
  return outline;
}

/** Device of each node. */
function homesOf(graph: Graph, outline: Outline, deviceOf: DeviceOf): readonly string[] {
  const homes: string[] = [];
  let current = deviceOf(0);
  for (let index = 0; index < graph.nodes.length; index++) {
    const part = outline.parts[index] ?? -1;
    const shown = outline.shown[index] ?? -1;
    const owner = shown < 0 ? undefined : homes[shown];
    // A node without weights runs on the device of the node before it
    const device =
      part === Number.POSITIVE_INFINITY ? deviceOf("output") : part < 0 ? current : deviceOf(part);
    const atHost = outline.looksUp[index] === true;
    const home = atHost ? "host" : (owner ?? device);
    homes.push(home);
    if (!atHost) current = home;
  }
  return homes;
}

function splitsOf(graph: Graph, deviceOf: DeviceOf): readonly Split[] {
  const outline = outlineOf(graph);
  const homes = homesOf(graph, outline, deviceOf);
  const splits: Split[] = [];
  let at = 0;
  for (const [index, node] of graph.nodes.entries()) {
    const device = homes[index] ?? "host";
    let split = splits.at(-1);
    if (split === undefined || split.device !== device) {
      split = { device, nodes: [], inputs: new Set() };
      splits.push(split);
    }
    split.nodes.push(node);
    for (const source of node.sources) {
      const owner = outline.owners[at] ?? -2;
      at++;
      if (owner !== -2 && (homes[owner] ?? "host") !== device) split.inputs.add(source);
    }
  }
  return splits;
}

/**
 * Computes the bytes of the compute buffer of each device (llama.cpp v0.5.0, the scheduler's splits, simplified).
 * Products run on the device of their weights, rows are looked up on the host, and values that cross devices are
 * copied before the nodes that need them.
 */
export function reserveByDevice(
  graph: Graph,
  { deviceOf, copies }: SplitOptions,
): ReadonlyMap<string, number> {
  const splits = splitsOf(graph, deviceOf);
  const planners = new Map<string, BufferPlanner>();
  const plannerOf = (device: string): BufferPlanner => {
    const planner = planners.get(device) ?? new BufferPlanner(alignmentOf(device));
    planners.set(device, planner);
    return planner;
  };
  const host = plannerOf("host");
  for (const leaf of graph.leaves) host.allocate(leaf);
  for (const split of splits) {
    const planner = plannerOf(split.device);
    for (const node of split.nodes) {
      if (node.viewOf !== undefined) planner.place(node.viewOf).views++;
      for (const source of node.sources) planner.place(source).children++;
    }
  }
  for (const split of splits) {
    const planner = plannerOf(split.device);
    for (const input of split.inputs) {
      planner.allocateCopy(input);
      for (let copy = 1; copy < copies; copy++) planner.hold(input);
    }
    for (const node of split.nodes) {
      for (const source of node.sources) planner.allocate(source);
      planner.allocate(node);
      for (const source of node.sources) planner.release(source);
    }
  }
  return new Map([...planners].map(([device, planner]) => [device, planner.space.peakBytes]));
}
