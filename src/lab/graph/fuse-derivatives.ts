import type { Operation } from "./graph.ts";

/** Counts the reads of each tensor. */
function countReads(operations: readonly Operation[]): ReadonlyMap<number, number> {
  const counts = new Map<number, number>();
  for (const { reads } of operations) {
    for (const id of reads) if (id !== undefined) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** Merges the derivative `after` into the product `back`, which multiplies each block by it before it leaves the registers. */
function fuse(back: Operation, after: Operation): Operation {
  const [rows = 0, columns = 0, depth = 0] = back.numbers;
  return {
    ...back,
    writes: after.writes,
    reads: [back.reads[0], back.reads[1], after.reads[1]],
    numbers: [rows, columns, depth, after.numbers[1] ?? 0, 0],
    // Each number of the activation is read just before the gradient is written in its place.
    mayReplace: [2],
  };
}

/**
 * Merges the derivative of an activation into the product that makes its gradient, if nothing else reads that gradient. This saves
 * one pass over memory and one tensor, and lets the gradient take the place of its activation.
 */
export function fuseDerivatives(operations: readonly Operation[]): readonly Operation[] {
  const reads = countReads(operations);
  const result = [...operations];
  operations.forEach((after, index) => {
    if (after.name !== "activationBackward") return;
    const [dy] = after.reads;
    if (dy === undefined || reads.get(dy) !== 1) return;
    const at = result.findIndex(
      (each) => each.name === "denseBackward" && !each.adds && each.writes[0] === dy,
    );
    const back = result[at];
    if (back === undefined || at > index) return;
    // A recomputed activation may be written only after the product.
    const kept = after.reads[1];
    if (operations.slice(at, index).some((each) => each.writes.includes(kept))) return;
    result[at] = fuse(back, after);
    result[index] = { ...after, writes: [], reads: [] };
  });
  return result.filter((operation) => operation.writes.length > 0);
}
