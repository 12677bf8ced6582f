import type { Entry, StoredPart } from "../store/store.ts";
import type { EditReason, EditTarget, Insertion, Measure } from "./edit.ts";
import type { Item } from "./layout.ts";
import type { Situation } from "./situation.ts";

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

/** Counts a text in place of a result, with what its format adds around a result that names its call. */
export function countResultText(
  text: string,
  { entry, part }: { readonly entry: Pick<Entry, "format">; readonly part: Pick<StoredPart, "callId"> },
  situation: Pick<Situation, "countTokens" | "resultOverhead">,
): number {
  return (
    situation.countTokens(text) + (part.callId === undefined ? 0 : situation.resultOverhead(entry.format))
  );
}

/** Maps the seq of each entry to its index among the items. */
export function indexItemsBySeq(items: readonly Item[]): ReadonlyMap<number, number> {
  return new Map(items.flatMap((item, index) => (item.type === "entry" ? [[item.seq, index] as const] : [])));
}
