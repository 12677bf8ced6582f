import type { EditReason, EditTarget, Insertion, Measure } from "./edit.ts";
import type { Item } from "./layout.ts";

/** A planned edit, without a number or a time yet. */
export interface EditDraft {
  readonly measure: Measure;
  readonly reason: EditReason;
  readonly why: string;
  readonly targets: readonly EditTarget[];
  readonly insertion: Insertion | undefined;
  readonly absorbs: readonly number[];
}

/** A change of one part of an entry, with the tokens it frees. */
export interface PartChange {
  readonly target: EditTarget;
  /** Parts that leave with it: images and files in a result. */
  readonly inner?: readonly EditTarget[];
  readonly freedTokens: number;
}

/** Maps the seq of each entry to its index among the items. */
export function indexItemsBySeq(items: readonly Item[]): ReadonlyMap<number, number> {
  return new Map(items.flatMap((item, index) => (item.type === "entry" ? [[item.seq, index] as const] : [])));
}
