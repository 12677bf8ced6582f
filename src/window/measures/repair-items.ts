import type { Entry } from "../store/store.ts";
import type { PairBreaks } from "../rules/find-pair-breaks.ts";
import { listInnerMedia } from "./layout.ts";
import type { EntryItem, Item } from "./layout.ts";

/** What a window changes in a broken history so that its provider accepts it. */
export interface Repair {
  /**
   * `answered`: a call without a result got a stated one. `left-out`: a result without a call, or a call with the id of an earlier one,
   * is not sent.
   */
  readonly kind: "answered" | "left-out";
  readonly seq: number;
  readonly callId: string | undefined;
}

/** Items with their repairs. */
export interface RepairedItems {
  readonly items: readonly Item[];
  readonly repairs: readonly Repair[];
}

/** Text of the result that answers an unanswered call. */
export const answerText = "[No result was recorded for this call: it was interrupted.]";
/** Tokens of an answer in addition to its text: ids, role, separators. */
const answerOverheadTokens = 12;

/** Repairs a window's items where calls and results of the history do not match. The entries stay as they are. */
export function repairItems(
  items: readonly Item[],
  breaks: PairBreaks,
  countTokens: (text: string) => number,
): RepairedItems {
  if (breaks.unanswered.size === 0 && breaks.leftOut.size === 0) return { items, repairs: [] };
  const repairs: Repair[] = [];
  const answerTokens = countTokens(answerText) + answerOverheadTokens;
  const repaired = items.flatMap((item): readonly Item[] => {
    if (item.type !== "entry") return [item];
    const parts = breaks.leftOut.get(item.seq) ?? [];
    for (const part of parts) {
      const { kind, callId } = item.entry.parts[part] ?? {};
      if (callId !== undefined || kind === "tool-result")
        repairs.push({ kind: "left-out", seq: item.seq, callId });
    }
    const kept = parts.length === 0 ? item : leaveOut(item, parts);
    const calls = breaks.unanswered.get(item.seq);
    if (kept === undefined) return [];
    if (calls === undefined) return [kept];
    for (const { callId } of calls) repairs.push({ kind: "answered", seq: item.seq, callId });
    const tokens = answerTokens * calls.length;
    return [{ ...kept, unanswered: { calls, tokens }, tokens: kept.tokens + tokens }];
  });
  return { items: repaired, repairs };
}

/** Returns an item without these parts; undefined if nothing else is left of it, or if they cannot be cut alone. */
function leaveOut(item: EntryItem, leaving: readonly number[]): EntryItem | undefined {
  const { parts } = item.entry;
  const cut = listCut(item.entry, leaving);
  const isCut = (index: number): boolean => cut.has(index);
  const rest = parts.filter((part, index) => !isCut(index) && !(part.kind === "other" && part.tokens === 0));
  if (rest.length === 0 || leaving.some((part) => parts[part]?.cut === undefined)) return undefined;
  const shown = parts.map((_, index) =>
    isCut(index) ? { text: undefined, tokens: 0, edit: 0 } : item.shown?.[index],
  );
  const saved = parts.reduce(
    (sum, part, index) => (isCut(index) ? sum + (item.shown?.[index]?.tokens ?? part.tokens) : sum),
    0,
  );
  return { ...item, shown, tokens: item.tokens - saved };
}

/** Returns the indexes of the parts that are left out, with the media inside results among them. */
function listCut(entry: Entry, leaving: readonly number[]): ReadonlySet<number> {
  const cut = new Set(leaving);
  for (const index of leaving) {
    if (entry.parts[index]?.kind !== "tool-result") continue;
    for (const inner of listInnerMedia(entry, index)) cut.add(inner);
  }
  return cut;
}
