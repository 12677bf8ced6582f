import type { PartChange } from "./draft.ts";
import type { EntryItem, Item } from "./layout.ts";
import type { Entry } from "../store/store.ts";
import { isRequest } from "./protect.ts";
import type { Situation } from "./situation.ts";

/** A picture in the window: a part of kind `image`, unedited. */
export interface Picture {
  readonly item: EntryItem;
  readonly index: number;
  /** True for a picture in a tool's result: a screenshot or a page. */
  readonly isResult: boolean;
}

/** Returns true for a message in which tools report and nobody asks for anything. */
function isReport(entry: Entry): boolean {
  if (entry.role !== "user") return entry.role === "tool";
  return !isRequest(entry) && entry.parts.some((part) => part.kind === "tool-result");
}

/** Returns the pictures that the window shows, oldest first. */
export function listPictures(items: readonly Item[]): readonly Picture[] {
  const pictures: Picture[] = [];
  for (const item of items) {
    if (item.type !== "entry") continue;
    const holdsReport = isReport(item.entry);
    let inResult = false;
    for (const [index, part] of item.entry.parts.entries()) {
      if (part.kind === "tool-result") inResult = true;
      else if (part.cut !== undefined) inResult = false;
      if (part.kind !== "image" || item.shown?.[index] !== undefined) continue;
      pictures.push({ item, index, isResult: inResult || holdsReport });
    }
  }
  return pictures;
}

/**
 * Finds pictures older than the newest `keepImages`: each becomes a text with its handle, or is cut where its format allows no text. A
 * screenshot is outdated soon, so those in results are cleared as soon as it pays; pictures that a user sent only with `forced`.
 */
export function findOldImages(
  situation: Pick<Situation, "items" | "protectedSeqs" | "keepImages" | "countTokens">,
  forced: boolean,
): readonly PartChange[] {
  const pictures = listPictures(situation.items);
  const old = pictures.slice(0, Math.max(0, pictures.length - situation.keepImages));
  return old.flatMap(({ item, index, isResult }): PartChange[] => {
    if (situation.protectedSeqs.has(item.seq) || !(isResult || forced)) return [];
    const change = clearImage(item, index, situation.countTokens);
    return change === undefined ? [] : [change];
  });
}

/** Clears one picture; undefined if its format neither allows a text in its place nor lets it leave alone, or if nothing is freed. */
export function clearImage(
  { seq, entry }: EntryItem,
  index: number,
  countTokens: (text: string) => number,
): PartChange | undefined {
  const part = entry.parts[index];
  if (part === undefined || (part.body === undefined && part.cut === undefined)) return undefined;
  const text =
    part.body === undefined
      ? undefined
      : `[Image #${seq} of ${part.tokens} tokens was cleared; recall brings it back.]`;
  const tokens = text === undefined ? 0 : countTokens(text);
  if (tokens >= part.tokens) return undefined;
  return { target: { seq, part: index, text, tokens }, freedTokens: part.tokens - tokens };
}
