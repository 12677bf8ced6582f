import { itemFormats } from "../conversation/message/message.ts";
import type { Entry, StoredPart } from "../store/store.ts";
import type { Measure } from "./edit.ts";
import { countResultText } from "./draft.ts";
import type { PartChange } from "./draft.ts";
import { listInnerMedia } from "./layout.ts";
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
  situation: Pick<Situation, "protectedSeqs" | "countTokens" | "resultOverhead">,
): PartChange | undefined {
  if (result.part.tokens < minPointedTokens || situation.protectedSeqs.has(result.item.seq)) return undefined;
  const text = `[${what} #${newer.item.seq}; recall #${result.item.seq} brings this one back]`;
  const tokens = countResultText(text, { entry: result.item.entry, part: result.part }, situation);
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
  situation: Pick<Situation, "items" | "protectedSeqs" | "countTokens" | "resultOverhead">,
): ReadonlyMap<Measure, readonly PartChange[]> {
  const newestByContent = new Map<string, Result>();
  const newestByCall = new Map<string, Result>();
  const dedupe: PartChange[] = [];
  const supersede: PartChange[] = [];
  for (const result of findUneditedResults(situation.items).toReversed()) {
    // Results that hold pictures are compared by their texts alone, which say nothing about the pictures.
    if (listInnerMedia(result.item.entry, result.index).length > 0) continue;
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

/**
 * Finds reasoning of finished turns. The newest turn keeps its own: providers require it with the tool results that follow; some require
 * more (see `keepsAllReasoning`).
 */
export function findOldReasoning(situation: Situation): readonly PartChange[] {
  const changes: PartChange[] = [];
  const entries = situation.items.flatMap((item) => (item.type === "entry" ? [item.entry] : []));
  if (keepsAllReasoning(entries)) return [];
  const kept = findReasoningOfHostedCalls(entries);
  for (const item of situation.items) {
    if (item.type !== "entry" || situation.protectedSeqs.has(item.seq) || kept.has(item.seq)) continue;
    if (situation.newestTurn === undefined || item.seq >= situation.newestTurn) continue;
    if (isReasoningOnly(item.entry)) {
      // A separate item (OpenAI responses) or a message with nothing else: providers refuse an empty one.
      changes.push({
        target: { seq: item.seq, part: undefined, text: undefined, tokens: 0 },
        freedTokens: item.tokens,
      });
      continue;
    }
    if (!item.entry.parts.some((part) => part.kind === "reasoning" && part.tokens > 0)) continue;
    for (const [part, stored] of item.entry.parts.entries()) {
      if (stored.kind !== "reasoning" || stored.cut === undefined || item.shown?.[part] !== undefined)
        continue;
      changes.push({
        target: { seq: item.seq, part, text: undefined, tokens: 0 },
        freedTokens: stored.tokens,
      });
    }
  }
  return changes;
}

/**
 * Returns true where all reasoning stays: Kimi and DeepSeek, which speak OpenAI's chat format, refuse a conversation with calls if a
 * `reasoning_content` is missing. Providers that do not require it do not bill it either.
 */
function keepsAllReasoning(entries: readonly Entry[]): boolean {
  const has = (entry: Entry, kind: "reasoning" | "tool-call"): boolean =>
    entry.parts.some((part) => part.kind === kind);
  return entries.some((entry) => isChat(entry.format) && has(entry, "tool-call") && has(entry, "reasoning"));
}

function isChat(format: Entry["format"]): boolean {
  return format === "openai-chat" || format === "swe-agent" || format === "langchain";
}

/** Items of OpenAI responses without which these calls are refused, because their ids cannot be left out. */
function isHostedItem(entry: Entry): boolean {
  return entry.parts.some(
    (part) =>
      part.kind === "compaction" ||
      (part.kind === "tool-call" && (part.callId === undefined || hostedTools.has(part.toolName ?? ""))),
  );
}

/** Calls that keep their item's id although a client answers them. */
const hostedTools = new Set(["computer", "local_shell"]);

/** Returns the seqs of reasoning items in a run of items that ends with a call whose id is required. */
function findReasoningOfHostedCalls(entries: readonly Entry[]): ReadonlySet<number> {
  const kept = new Set<number>();
  let run: number[] = [];
  for (const entry of entries) {
    if (!itemFormats.has(entry.format) || entry.role !== "assistant") run = [];
    else if (isReasoningOnly(entry)) run.push(entry.seq);
    else if (isHostedItem(entry)) for (const seq of run) kept.add(seq);
  }
  return kept;
}

/** Returns true for an entry that holds only reasoning. */
export function isReasoningOnly(entry: Entry): boolean {
  return entry.parts.length > 0 && entry.parts.every((part) => part.kind === "reasoning");
}
