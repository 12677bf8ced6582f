import type { Graph } from "../graph/graph.ts";
import { createRandom, hashText, mixSeed } from "../random.ts";

/**
 * Fills the parameters with their initial values. Each has random numbers of its own, from the seed and its name, so adding a layer
 * does not change the others.
 */
export function initializeParameters(
  graph: Graph,
  seed: number,
  viewOf: (tensor: number) => Float32Array,
): void {
  for (const { name, tensor, initializer } of graph.parameters) {
    const view = viewOf(tensor);
    if (initializer.name !== "uniform") {
      view.fill(initializer.name === "ones" ? 1 : 0);
      continue;
    }
    const random = createRandom(mixSeed(seed, hashText(name)));
    for (let at = 0; at < view.length; at++) view[at] = (random.nextFraction() * 2 - 1) * initializer.limit;
  }
}
