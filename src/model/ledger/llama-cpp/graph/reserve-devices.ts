import type { Graph } from "./graph.ts";
import { Planner } from "./reserve.ts";
import type { GraphTensor } from "./tensor.ts";

/** Which device a part of the model lies on. */
export type DeviceOf = (part: number | "output") => string;

/** A run of nodes on one device, and what it needs from others. */
interface Split {
  readonly device: string;
  readonly nodes: GraphTensor[];
  readonly inputs: Set<GraphTensor>;
}

/** Alignment of buffers: the host's, and the widest that accelerators ask for. */
const alignmentOf = (device: string): number => (device === "host" ? 32 : 128);

/** Part of the model that a value belongs to: the latest among what it is made from; none for what only inputs make. */
function parts(graph: Graph): ReadonlyMap<GraphTensor, number> {
  const order = new Map<GraphTensor, number>();
  const rank = (tensor: GraphTensor): number => {
    if (tensor.part === "output") return Number.POSITIVE_INFINITY;
    return tensor.part ?? order.get(tensor) ?? -1;
  };
  for (const node of graph.nodes) order.set(node, Math.max(-1, ...node.sources.map(rank)));
  return order;
}

/** Looking rows up in a stored table happens where the table lies: on the host. */
function looksUp(node: GraphTensor): boolean {
  const [table, ids] = node.sources;
  return table?.external === true && table.part === undefined && ids?.type === "i32";
}

function splitsOf(graph: Graph, deviceOf: DeviceOf): readonly Split[] {
  const order = parts(graph);
  const homes = new Map<GraphTensor, string>();
  let current = deviceOf(0);
  for (const node of graph.nodes) {
    const part = order.get(node) ?? -1;
    const owner = node.viewOf === undefined ? undefined : homes.get(node.viewOf);
    // what only shows stored or handed-in bytes is done where the nodes before it are
    const device =
      part === Number.POSITIVE_INFINITY ? deviceOf("output") : part < 0 ? current : deviceOf(part);
    const home = looksUp(node) ? "host" : (owner ?? device);
    homes.set(node, home);
    if (!looksUp(node)) current = home;
  }
  const splits: Split[] = [];
  for (const node of graph.nodes) {
    const device = homes.get(node) ?? "host";
    let split = splits.at(-1);
    if (split === undefined || split.device !== device) {
      split = { device, nodes: [], inputs: new Set() };
      splits.push(split);
    }
    split.nodes.push(node);
    for (const source of node.sources) {
      const owner = source.viewOf ?? source;
      if (!owner.external && (homes.get(owner) ?? "host") !== device) split.inputs.add(source);
    }
  }
  return splits;
}

/**
 * Bytes of each device's compute buffer when a graph runs over several (llama.cpp v0.5.0, the scheduler's splits, simplified):
 * products are made where their weights lie, rows are looked up on the host, values that cross are copied at the start
 * of the run that needs them. `copies`: 4 where devices work on several micro-batches at a time.
 */
export function reserveByDevice(
  graph: Graph,
  deviceOf: DeviceOf,
  copies: number,
): ReadonlyMap<string, number> {
  const splits = splitsOf(graph, deviceOf);
  const planners = new Map<string, Planner>();
  const plannerOf = (device: string): Planner => {
    const planner = planners.get(device) ?? new Planner(alignmentOf(device));
    planners.set(device, planner);
    return planner;
  };
  const host = plannerOf("host");
  for (const leaf of graph.leaves) host.allocate(leaf);
  for (const split of splits) {
    const planner = plannerOf(split.device);
    for (const node of split.nodes) {
      if (node.viewOf !== undefined) planner.place(node.viewOf).views += 1;
      for (const source of node.sources) planner.place(source).children += 1;
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
