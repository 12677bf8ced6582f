import type { Entry, StoredPart } from "../store/store.ts";
import type { Measure } from "./edit.ts";
import type { PartChange } from "./draft.ts";
import type { EntryItem, Item } from "./layout.ts";
import type { Situation } from "./situation.ts";

/** A shorter result is not worth replacing by a pointer. */
const minPointedTokens = 40;

interface Result {
  readonly item: EntryItem;
  readonly index: number;
  readonly part: StoredPart;
  /** Key of the call it answers: the same tool with the same arguments. */
  readonly callKey: string | undefined;
}

/** Returns the unedited tool results, oldest first, each with the key of the call it answers. */
export function findUneditedResults(items: readonly Item[]): readonly Result[] {
  const keyOfCall = new Map<string, string>();
  let lastCallKey: string | undefined;
  const results: Result[] = [];
  for (const item of items) {
    if (item.type !== "entry") continue;
    for (const [index, part] of item.entry.parts.entries()) {
      if (part.kind === "tool-call") {
        lastCallKey = part.contentKey;
        if (part.callId !== undefined && part.contentKey !== undefined)
          keyOfCall.set(part.callId, part.contentKey);
      }
      if (part.kind !== "tool-result" || item.shown?.[index] !== undefined || part.body === undefined)
        continue;
      const callKey = part.callId === undefined ? lastCallKey : keyOfCall.get(part.callId);
      results.push({ item, index, part, callKey });
    }
  }
  return results;
}

function pointTo(
  result: Result,
  newer: Result,
  what: string,
  situation: Pick<Situation, "protectedSeqs" | "countTokens">,
): PartChange | undefined {
  if (result.part.tokens < minPointedTokens || situation.protectedSeqs.has(result.item.seq)) return undefined;
  const text = `[${what} #${newer.item.seq}; recall #${result.item.seq} brings this one back]`;
  const tokens = situation.countTokens(text);
  if (tokens >= result.part.tokens) return undefined;
  return {
    target: { seq: result.item.seq, part: result.index, text, tokens },
    freedTokens: result.part.tokens - tokens,
  };
}

/**
 * Finds older results that a newer one makes redundant: `dedupe` when both are equal, `supersede` when the same tool was called again
 * with the same arguments. The newest stays; each older one becomes a pointer to it.
 */
export function findRepeatedResults(
  situation: Pick<Situation, "items" | "protectedSeqs" | "countTokens">,
): ReadonlyMap<Measure, readonly PartChange[]> {
  const newestByContent = new Map<string, Result>();
  const newestByCall = new Map<string, Result>();
  const dedupe: PartChange[] = [];
  const supersede: PartChange[] = [];
  for (const result of findUneditedResults(situation.items).toReversed()) {
    const content = result.part.contentKey;
    const same = content === undefined ? undefined : newestByContent.get(content);
    const again = result.callKey === undefined ? undefined : newestByCall.get(result.callKey);
    const change =
      same !== undefined
        ? pointTo(result, same, "the same as", situation)
        : again !== undefined && pointTo(result, again, "superseded by", situation);
    if (change) (same === undefined ? supersede : dedupe).push(change);
    if (content !== undefined && same === undefined) newestByContent.set(content, result);
    if (result.callKey !== undefined && again === undefined) newestByCall.set(result.callKey, result);
  }
  return new Map([
    ["dedupe", dedupe.toReversed()],
    ["supersede", supersede.toReversed()],
  ]);
}

/** Finds reasoning of finished turns. The newest turn keeps its own: providers require it with the tool results that follow. */
export function findOldReasoning(situation: Situation): readonly PartChange[] {
  const changes: PartChange[] = [];
  for (const item of situation.items) {
    if (item.type !== "entry" || situation.protectedSeqs.has(item.seq)) continue;
    if (situation.newestRequest === undefined || item.seq >= situation.newestRequest) continue;
    if (isReasoningOnly(item.entry)) {
      // A separate item (OpenAI responses) or a message with nothing else: providers refuse an empty one.
      changes.push({
        target: { seq: item.seq, part: undefined, text: undefined, tokens: 0 },
        freedTokens: item.tokens,
      });
      continue;
    }
    for (const [part, stored] of item.entry.parts.entries()) {
      if (stored.kind !== "reasoning" || stored.cut === undefined || item.shown?.[part] !== undefined)
        continue;
      if (stored.tokens === 0) continue;
      changes.push({
        target: { seq: item.seq, part, text: undefined, tokens: 0 },
        freedTokens: stored.tokens,
      });
    }
  }
  return changes;
}

/** Returns true for an entry that holds only reasoning. */
export function isReasoningOnly(entry: Entry): boolean {
  return entry.parts.length > 0 && entry.parts.every((part) => part.kind === "reasoning");
}
