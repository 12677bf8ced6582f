import type { GraphTensor } from "./tensor.ts";

/** What an engine runs, in order, and the leaves it starts from. */
export interface Graph {
  readonly nodes: GraphTensor[];
  readonly leaves: GraphTensor[];
  readonly visited: Set<GraphTensor>;
}

/** A graph without nodes. */
export function emptyGraph(): Graph {
  return { nodes: [], leaves: [], visited: new Set() };
}

/**
 * Adds a tensor and everything it is made from, sources first, from left to right (ggml v0.5.0, `ggml_build_forward_expand`).
 * The order decides what can share memory, so builders expand where the engine does.
 */
export function expand(graph: Graph, tensor: GraphTensor): void {
  if (graph.visited.has(tensor)) return;
  graph.visited.add(tensor);
  if (tensor.external) return;
  for (const source of tensor.sources) expand(graph, source);
  if (tensor.operation === "none") graph.leaves.push(tensor);
  else graph.nodes.push(tensor);
}
