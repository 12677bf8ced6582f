import type { Operation, Tensor } from "../graph/graph.ts";
import type { Places } from "./in-place.ts";

/** One place in memory: the tensors that have it in turn, and the operations from the first to the last that need it. */
export interface Block {
  /** Tensor whose place it is. */
  readonly tensor: number;
  /** All tensors in it, the first one first. */
  readonly tensors: readonly number[];
  readonly scope: Tensor["scope"];
  readonly elements: number;
  /** Index of the first and of the last operation that needs it. */
  readonly first: number;
  readonly last: number;
}

/**
 * From when to when each place is needed. `always` lists tensors that hold something between steps; `atStart` those that are
 * filled before the first operation.
 */
export function findBlocks(
  tensors: readonly Tensor[],
  operations: readonly Operation[],
  places: Places,
  lasting: { readonly always: ReadonlySet<number>; readonly atStart: ReadonlySet<number> },
): readonly Block[] {
  const spans = new Map<number, { first: number; last: number; tensors: number[] }>();
  const touch = (id: number, index: number): void => {
    const root = places.get(id) ?? id;
    const span = spans.get(root) ?? { first: index, last: index, tensors: [] };
    span.first = Math.min(span.first, index);
    span.last = Math.max(span.last, index);
    if (!span.tensors.includes(id)) span.tensors.push(id);
    spans.set(root, span);
  };
  for (const id of lasting.atStart) touch(id, 0);
  for (const id of lasting.always) {
    touch(id, 0);
    touch(id, Math.max(0, operations.length - 1));
  }
  operations.forEach((operation, index) => {
    for (const id of operation.reads) if (id !== undefined) touch(id, index);
    for (const id of operation.writes) if (id !== undefined) touch(id, index);
  });
  return [...spans].map(([root, span]) => {
    const tensor = tensors[root];
    return {
      tensor: root,
      tensors: span.tensors,
      scope: tensor?.scope ?? "fixed",
      elements: tensor?.elements ?? 0,
      first: span.first,
      last: span.last,
    };
  });
}
