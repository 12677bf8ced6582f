import type { Operation } from "./graph.ts";

/** Drops operations whose results are neither read later nor among the `roots`. */
export function removeUnused(
  operations: readonly Operation[],
  roots: ReadonlySet<number>,
): readonly Operation[] {
  const needed = new Set(roots);
  const kept: Operation[] = [];
  for (const operation of operations.toReversed()) {
    if (!operation.writes.some((id) => id !== undefined && needed.has(id))) continue;
    for (const id of operation.reads) if (id !== undefined) needed.add(id);
    kept.push(operation);
  }
  return kept.toReversed();
}
