import type { Operation, Tensor } from "../graph/graph.ts";

/** Which tensors share a place: from a tensor's id to the id of the tensor whose place it takes. */
export type Places = ReadonlyMap<number, number>;

function placeOf(places: ReadonlyMap<number, number>, id: number): number {
  return places.get(id) ?? id;
}

/** Finds the last operation that reads or writes each tensor. */
function lastUses(operations: readonly Operation[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>();
  operations.forEach((operation, index) => {
    for (const id of [...operation.reads, ...operation.writes]) if (id !== undefined) last.set(id, index);
  });
  return last;
}

/**
 * Lets the output of an operation take the place of one of its inputs if the kernel allows it, the sizes are equal and nothing reads
 * that input later. Parameters, state and inputs of the network (`pinned`) are never replaced.
 */
export function findPlaces(
  tensors: readonly Tensor[],
  operations: readonly Operation[],
  pinned: ReadonlySet<number>,
): Places {
  const uses = lastUses(operations);
  const places = new Map<number, number>();
  // The last use of a place is the last use of all tensors that share it so far.
  const lastOfPlace = new Map(uses);
  operations.forEach((operation, index) => {
    const [output] = operation.writes;
    if (output === undefined || pinned.has(output)) return;
    const target = tensors[output];
    // An output that was written before already has its place.
    if (places.has(output) || operation.adds) return;
    for (const which of operation.mayReplace) {
      const source = operation.reads[which];
      if (source === undefined) continue;
      const root = placeOf(places, source);
      const from = tensors[root];
      const fits = from?.scope === target?.scope && from?.elements === target?.elements;
      if (!fits || pinned.has(root) || root === output || lastOfPlace.get(root) !== index) continue;
      places.set(output, root);
      lastOfPlace.set(root, uses.get(output) ?? index);
      return;
    }
  });
  return places;
}
