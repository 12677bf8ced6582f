import type { Operation, Tensor } from "../graph/graph.ts";
import type { Places } from "./in-place.ts";

/** A place in memory: the tensors that use it in turn, and its first and last operation. */
export interface Block {
  /** The tensor that owns the place. */
  readonly tensor: number;
  /** All tensors that use it, in order of first use. */
  readonly tensors: readonly number[];
  readonly scope: Tensor["scope"];
  readonly elements: number;
  /** Indexes of the first and the last operation that need it. */
  readonly first: number;
  readonly last: number;
}

/**
 * Finds the lifetime of each place. `always` are the tensors that hold something between steps, `atStart` those that are filled
 * before the first operation.
 */
export function findBlocks(
  tensors: readonly Tensor[],
  operations: readonly Operation[],
  places: Places,
  lasting: { readonly always: ReadonlySet<number>; readonly atStart: ReadonlySet<number> },
): readonly Block[] {
  const lives = new Map<number, { first: number; last: number; tensors: number[] }>();
  const touch = (id: number, index: number): void => {
    const root = places.get(id) ?? id;
    const life = lives.get(root) ?? { first: index, last: index, tensors: [] };
    life.first = Math.min(life.first, index);
    life.last = Math.max(life.last, index);
    if (!life.tensors.includes(id)) life.tensors.push(id);
    lives.set(root, life);
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
  return [...lives].map(([root, life]) => {
    const tensor = tensors[root];
    return {
      tensor: root,
      tensors: life.tensors,
      scope: tensor?.scope ?? "fixed",
      elements: tensor?.elements ?? 0,
      first: life.first,
      last: life.last,
    };
  });
}
