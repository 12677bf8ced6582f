import { clearImage, listPictures } from "./clear-images.ts";
import type { EditTarget } from "./edit.ts";
import { countResultText } from "./draft.ts";
import type { PartChange } from "./draft.ts";
import { listInnerMedia } from "./layout.ts";
import type { EntryItem, Item } from "./layout.ts";
import { cutToHeadAndTail } from "./text/head-and-tail.ts";
import type { Situation } from "./situation.ts";

/** A tool result that can be replaced by its head, its tail and its handle, or by the handle alone. */
export interface ShortenableResult {
  readonly item: EntryItem;
  readonly index: number;
  /** Indexes of the images and files in it, which leave with its body. */
  readonly media: readonly number[];
  /** Tokens that it takes now. */
  readonly tokens: number;
  /** The handle alone, and its tokens. */
  readonly bare: string;
  readonly bareTokens: number;
}

/** Writes what is left of a result that is cleared entirely. */
export function writeClearedResult(seq: number, tokens: number, held = ""): string {
  return `[Result #${seq} of ${tokens} tokens was cleared; recall brings it back.${held === "" ? "" : ` It held: ${held}`}]`;
}

/** Lists the tool results of these entries that a handle would make shorter, and pictures in results that have no text to replace. */
export function listShortenableResults(
  items: readonly Item[],
  seqs: ReadonlySet<number>,
  situation: Pick<Situation, "countTokens" | "resultOverhead">,
): readonly ShortenableResult[] {
  const found: ShortenableResult[] = [];
  for (const item of items) {
    if (item.type !== "entry" || !seqs.has(item.seq)) continue;
    const taken = new Set<number>();
    for (const [index, part] of item.entry.parts.entries()) {
      if (part.kind !== "tool-result" || part.body === undefined) continue;
      const media = listInnerMedia(item.entry, index);
      for (const one of media) taken.add(one);
      const bare = writeClearedResult(
        item.seq,
        [index, ...media].reduce((sum, one) => sum + (item.entry.parts[one]?.tokens ?? 0), 0),
      );
      found.push({
        item,
        index,
        media,
        tokens: [index, ...media].reduce((sum, one) => sum + readTokens(item, one), 0),
        bare,
        bareTokens: countResultText(bare, { entry: item.entry, part }, situation),
      });
    }
    for (const { index, isResult } of listPictures([item])) {
      const cleared =
        isResult && !taken.has(index) ? clearImage(item, index, situation.countTokens) : undefined;
      if (cleared === undefined) continue;
      const { tokens, text = "" } = cleared.target;
      found.push({
        item,
        index,
        media: [],
        tokens: readTokens(item, index),
        bare: text,
        bareTokens: tokens,
      });
    }
  }
  return found.filter((result) => result.bareTokens < result.tokens);
}

/** Returns the tokens that a part takes now. */
function readTokens({ entry, shown }: EntryItem, index: number): number {
  return shown?.[index]?.tokens ?? entry.parts[index]?.tokens ?? 0;
}

/** Returns the least tokens that a result takes when it is cut to at least `floorTokens`. */
export function leastTokens(result: ShortenableResult, floorTokens: number): number {
  return Math.min(result.tokens, Math.max(result.bareTokens, floorTokens));
}

/**
 * Finds the size to which the largest results are cut so that all together take at most `roomTokens`; results up to that size stay
 * and no result is cut below its least tokens, whose sum the room must hold.
 */
function findCommonSize(
  results: readonly ShortenableResult[],
  roomTokens: number,
  floorTokens: number,
): number {
  let left = roomTokens;
  let open = [...results].sort((a, b) => a.tokens - b.tokens);
  for (;;) {
    const size = shareRoom(open, left);
    const stuck = open.filter((result) => leastTokens(result, floorTokens) > size);
    if (stuck.length === 0) return size;
    left -= stuck.reduce((sum, result) => sum + leastTokens(result, floorTokens), 0);
    open = open.filter((result) => leastTokens(result, floorTokens) <= size);
  }
}

/** Returns the size to which the largest of these results, sorted by size, are cut so that their sum fits. */
function shareRoom(sorted: readonly ShortenableResult[], roomTokens: number): number {
  let left = roomTokens;
  for (const [index, result] of sorted.entries()) {
    const share = left / (sorted.length - index);
    if (result.tokens > share) return Math.floor(share);
    left -= result.tokens;
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Shortens results so that all together take at most `roomTokens`: first pictures of results that say little else leave, oldest first,
 * as far as shorter texts are not enough; then the largest results are cut, each to the same size.
 */
export function shortenResults(
  results: readonly ShortenableResult[],
  { roomTokens, floorTokens }: { readonly roomTokens: number; readonly floorTokens: number },
  situation: Pick<Situation, "textOf" | "countTokens" | "resultOverhead">,
): readonly PartChange[] {
  const isPicture = (result: ShortenableResult): boolean =>
    result.tokens > floorTokens && tokensWithoutPictures(result, situation.countTokens) <= floorTokens;
  const texts = results.filter((result) => !isPicture(result));
  const left = roomTokens - texts.reduce((sum, result) => sum + leastTokens(result, floorTokens), 0);
  const pictures = results.filter(isPicture);
  let taken = pictures.reduce((sum, result) => sum + result.tokens, 0);
  const changes: PartChange[] = [];
  for (const result of pictures) {
    for (const change of clearPictures(result, taken - left, situation.countTokens)) {
      taken -= change.freedTokens;
      changes.push(change);
    }
  }
  const size = findCommonSize(texts, roomTokens - taken, floorTokens);
  for (const result of texts) {
    const maxTokens = Math.max(size, leastTokens(result, floorTokens));
    if (result.tokens > maxTokens) changes.push(...shortenResult(result, maxTokens, situation));
  }
  return changes;
}

function isImage({ entry }: EntryItem, index: number): boolean {
  return entry.parts[index]?.kind === "image";
}

/** Returns the tokens of a result once its pictures are cleared; those of the result as it is if it holds none. */
function tokensWithoutPictures(result: ShortenableResult, countTokens: (text: string) => number): number {
  const cleared = clearPictures(result, Number.POSITIVE_INFINITY, countTokens);
  return cleared.reduce((tokens, change) => tokens - change.freedTokens, result.tokens);
}

/** Clears the pictures of a result, oldest first, until `neededTokens` are freed. */
function clearPictures(
  { item, index, media }: ShortenableResult,
  neededTokens: number,
  countTokens: (text: string) => number,
): readonly PartChange[] {
  const changes: PartChange[] = [];
  let needed = neededTokens;
  for (const one of isImage(item, index) ? [index] : media) {
    if (needed <= 0) break;
    if (!isImage(item, one) || item.shown?.[one] !== undefined) continue;
    const change = clearImage(item, one, countTokens);
    if (change === undefined) continue;
    changes.push(change);
    needed -= change.freedTokens;
  }
  return changes;
}

function shortenResult(
  result: ShortenableResult,
  maxTokens: number,
  situation: Pick<Situation, "textOf" | "countTokens" | "resultOverhead">,
): readonly PartChange[] {
  const { textOf, countTokens } = situation;
  const { item, index, media, bare, bareTokens } = result;
  const { seq } = item;
  const cleared = clearPictures(result, result.tokens - maxTokens, countTokens);
  const freed = cleared.reduce((sum, change) => sum + change.freedTokens, 0);
  if (result.tokens - freed <= maxTokens) return cleared;
  const text = textOf(seq, index);
  const part = item.entry.parts[index];
  const idTokens = part === undefined ? 0 : countResultText("", { entry: item.entry, part }, situation);
  const writeNote = (leftOut: string): string =>
    `[Result #${seq}: ${leftOut} left out; recall brings it back.]`;
  // A result whose pictures and files are too large keeps its text, if that fits.
  const whole = `${text}\n${writeNote(`${media.length} of its pictures and files`)}`;
  const wholeTokens = media.length > 0 ? countTokens(whole) : Number.POSITIVE_INFINITY;
  const cut =
    wholeTokens + idTokens <= maxTokens
      ? { text: whole, tokens: wholeTokens }
      : cutToHeadAndTail(text, {
          maxTokens: maxTokens - idTokens,
          totalTokens: part?.tokens ?? 0,
          writeNote,
          countTokens,
        });
  const shown =
    cut === undefined
      ? { text: bare, tokens: bareTokens }
      : { text: cut.text, tokens: cut.tokens + idTokens };
  const target: EditTarget = { seq, part: index, ...shown };
  return [{ target, inner: cutInnerMedia(seq, media), freedTokens: result.tokens - shown.tokens }];
}

/** Returns the targets that take images and files out of the count with the result that held them. */
export function cutInnerMedia(seq: number, media: readonly number[]): readonly EditTarget[] {
  return media.map((part) => ({ seq, part, text: undefined, tokens: 0 }));
}
