import type { EditTarget } from "./edit.ts";
import type { PartChange } from "./draft.ts";
import { listInnerMedia } from "./layout.ts";
import type { EntryItem, Item } from "./layout.ts";
import { cutToHeadAndTail } from "./head-and-tail.ts";
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

/** Tokens of a result in addition to its text, as `countMessage` counts them: the id of its call. */
const resultIdTokens = 2;

/** Writes what is left of a result that is cleared entirely. */
export function writeClearedResult(seq: number, tokens: number, held = ""): string {
  return `[Result #${seq} of ${tokens} tokens was cleared; recall brings it back.${held === "" ? "" : ` It held: ${held}`}]`;
}

/** Lists the tool results of these entries that a handle would make shorter. */
export function listShortenableResults(
  items: readonly Item[],
  seqs: ReadonlySet<number>,
  countTokens: (text: string) => number,
): readonly ShortenableResult[] {
  const found: ShortenableResult[] = [];
  for (const item of items) {
    if (item.type !== "entry" || !seqs.has(item.seq)) continue;
    for (const [index, part] of item.entry.parts.entries()) {
      if (part.kind !== "tool-result" || part.body === undefined) continue;
      const media = listInnerMedia(item.entry, index);
      const sum = (tokensOf: (part: number) => number): number =>
        [index, ...media].reduce((total, one) => total + tokensOf(one), 0);
      const tokens = sum((one) => item.shown?.[one]?.tokens ?? item.entry.parts[one]?.tokens ?? 0);
      const bare = writeClearedResult(
        item.seq,
        sum((one) => item.entry.parts[one]?.tokens ?? 0),
      );
      const bareTokens = countTokens(bare) + resultIdTokens;
      if (bareTokens < tokens) found.push({ item, index, media, tokens, bare, bareTokens });
    }
  }
  return found;
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

/** Shortens the largest results, each to the same size, so that all together take at most `roomTokens`. */
export function shortenResults(
  results: readonly ShortenableResult[],
  { roomTokens, floorTokens }: { readonly roomTokens: number; readonly floorTokens: number },
  situation: Pick<Situation, "textOf" | "countTokens">,
): readonly PartChange[] {
  const size = findCommonSize(results, roomTokens, floorTokens);
  return results.flatMap((result) => {
    const maxTokens = Math.max(size, leastTokens(result, floorTokens));
    return result.tokens > maxTokens ? [shortenResult(result, maxTokens, situation)] : [];
  });
}

function shortenResult(
  result: ShortenableResult,
  maxTokens: number,
  { textOf, countTokens }: Pick<Situation, "textOf" | "countTokens">,
): PartChange {
  const { item, index, media, bare, bareTokens } = result;
  const { seq } = item;
  const cut = cutToHeadAndTail(textOf(seq, index), {
    maxTokens: maxTokens - resultIdTokens,
    totalTokens: item.entry.parts[index]?.tokens ?? 0,
    writeNote: (leftOut) => `[Result #${seq}: ${leftOut} left out; recall brings it back.]`,
    countTokens,
  });
  const shown =
    cut === undefined
      ? { text: bare, tokens: bareTokens }
      : { text: cut.text, tokens: cut.tokens + resultIdTokens };
  const target: EditTarget = { seq, part: index, ...shown };
  return { target, inner: cutInnerMedia(seq, media), freedTokens: result.tokens - shown.tokens };
}

/** Returns the targets that take images and files out of the count with the result that held them. */
export function cutInnerMedia(seq: number, media: readonly number[]): readonly EditTarget[] {
  return media.map((part) => ({ seq, part, text: undefined, tokens: 0 }));
}
