import type { GraphTensor } from "./tensor.ts";

/** What an engine runs: operations in order, and the leaves they start from. */
export interface Graph {
  readonly nodes: GraphTensor[];
  readonly leaves: GraphTensor[];
  readonly visited: Set<GraphTensor>;
}

/** Returns a graph without nodes. */
export function emptyGraph(): Graph {
  return { nodes: [], leaves: [], visited: new Set() };
}

/**
 * Adds a tensor after everything it is computed from, sources from left to right (ggml v0.5.0,
 * `ggml_build_forward_expand`). The order decides which values can share memory, so blocks expand where the engine
 * does.
 */
export function expand(graph: Graph, tensor: GraphTensor): void {
  if (graph.visited.has(tensor)) return;
  graph.visited.add(tensor);
  if (tensor.external) return;
  for (const source of tensor.sources) expand(graph, source);
  if (tensor.operation === "none") graph.leaves.push(tensor);
  else graph.nodes.push(tensor);
}
