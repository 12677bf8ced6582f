import type { Graph, Operation } from "../graph/graph.ts";
import { sharesBySamples } from "../kernels/operation.ts";
import type { ArenaPlan, PlacedBlock } from "./arena-plan.ts";

interface Access {
  readonly block: PlacedBlock;
  readonly writes: boolean;
  /** Whether each thread accesses its own samples only. */
  readonly bySamples: boolean;
}

function accessesOf(operation: Operation, blockOf: ReadonlyMap<number, PlacedBlock>): readonly Access[] {
  const list = (ids: readonly (number | undefined)[], writes: boolean): readonly Access[] =>
    ids.flatMap((id) => {
      const block = id === undefined ? undefined : blockOf.get(id);
      if (block === undefined) return [];
      const own = block.scope === "sample" && sharesBySamples(operation.name);
      return [{ block, writes, bySamples: own }];
    });
  return [...list(operation.writes, true), ...list(operation.reads, false)];
}

function conflict(a: Access, b: Access): boolean {
  if (!a.writes && !b.writes) return false;
  // Each thread has scratch of its own.
  if (a.block.scope === "thread" && a.block === b.block) return false;
  const overlap =
    a.block.offset < b.block.offset + b.block.bytes && b.block.offset < a.block.offset + a.block.bytes;
  if (!overlap) return false;
  // In the same block, cut at the same samples, a thread reads only what it has written itself.
  return !(a.block === b.block && a.bySamples && b.bySamples);
}

/**
 * Finds the operations before which all threads need a barrier: another thread may have written, or may still read, what the
 * operation accesses.
 */
export function findBarriers(
  graph: Graph,
  plan: ArenaPlan,
  operations: readonly Operation[],
): readonly boolean[] {
  const blockOf = new Map<number, PlacedBlock>();
  for (const block of plan.blocks) for (const id of block.tensors) blockOf.set(id, block);
  let since: Access[] = [];
  const separate = new Set([graph.evaluate[0], graph.predict[0]]);
  return operations.map((operation) => {
    const accesses = accessesOf(operation, blockOf);
    const barrier = !separate.has(operation) && accesses.some((a) => since.some((b) => conflict(a, b)));
    if (barrier || separate.has(operation)) since = [];
    since.push(...accesses);
    return barrier;
  });
}
