import type { EditReason, EditTarget, Insertion, Measure } from "./edit.ts";
import type { Item } from "./layout.ts";

/** An edit that is planned but has no number or time yet. */
export interface EditDraft {
  readonly measure: Measure;
  readonly reason: EditReason;
  readonly why: string;
  readonly targets: readonly EditTarget[];
  readonly insertion: Insertion | undefined;
  readonly absorbs: readonly number[];
}

/** A change of one part of an entry, with what it frees. */
export interface PartChange {
  readonly target: EditTarget;
  readonly freedTokens: number;
}

/** The place in the list of items of each entry. */
export function placesOf(items: readonly Item[]): ReadonlyMap<number, number> {
  return new Map(items.flatMap((item, index) => (item.type === "entry" ? [[item.seq, index] as const] : [])));
}
