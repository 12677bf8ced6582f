import { finish } from "../../shared/steps.ts";
import { buildWindowLedger } from "../assemble/window-ledger.ts";
import { kindOfPart } from "../assemble/window-ledger.ts";
import type { Conversation } from "../conversation/message/message.ts";
import type { Ledger } from "../../shared/ledger.ts";
import { makeKeys } from "../identity/meaning.ts";
import { makeItem } from "../measures/layout.ts";
import { findRepeatedResults } from "../measures/lossless.ts";
import type { PartChange } from "../measures/draft.ts";
import { chainEntries } from "../thread/append/make-entry.ts";
import { countFrame } from "../tokens/count-frame.ts";
import { countMessage } from "../tokens/count-message.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { chooseOverhead } from "../tokens/message-overhead.ts";
import { findCalls } from "./replay-messages.ts";

/** One part of a conversation, with its place and its beginning. */
export interface InspectedItem {
  readonly handle: string;
  readonly kind: string;
  readonly tokens: number;
  readonly toolName: string | undefined;
  readonly beginning: string;
}

/** A tool result that a later one makes redundant. */
export interface RepeatedResult {
  readonly handle: string;
  readonly tokens: number;
  readonly freedTokens: number;
}

/** What fills a conversation. */
export interface Inspection {
  readonly format: string;
  readonly messages: number;
  /** Answers of the model: the items of one answer (OpenAI responses) are one call. */
  readonly calls: number;
  readonly ledger: Ledger;
  /** Largest first. */
  readonly largest: readonly InspectedItem[];
  readonly duplicates: readonly RepeatedResult[];
  readonly superseded: readonly RepeatedResult[];
  readonly counter: string;
  /** False if the counts are an estimate. */
  readonly exact: boolean;
}

/** Characters shown of an item's beginning. */
const maxBeginningLength = 60;

/** Counts a conversation and reports what fills it: the ledger, the largest parts, and repeated results. */
export function inspectConversation(
  conversation: Conversation,
  counter: TokenCounter,
  largest = 10,
): Inspection {
  const frame = countFrame(conversation.frame, counter, conversation.messages[0]);
  const keys = makeKeys(conversation.messages);
  const steps = chainEntries(
    conversation.messages.map((message, index) => ({
      message,
      key: keys[index] ?? "",
      tokens: countMessage(message, counter),
    })),
    { seq: 0, parentChain: "", now: 0, counterId: counter.id },
  );
  const entries = finish(steps);
  const items = entries.map((entry) => makeItem(entry));
  const repeated = findRepeatedResults({
    items,
    protectedSeqs: new Set(),
    countTokens: counter.count,
    resultOverhead: (format) => chooseOverhead(counter.model, format).result,
  });
  const pieces = entries.flatMap((entry) =>
    entry.parts.map((part, index) => ({
      handle: `#${entry.seq}`,
      kind: kindOfPart(part, entry.role),
      tokens: part.tokens,
      toolName: part.toolName,
      beginning: cutBeginning(conversation.messages[entry.seq]?.parts[index]?.text ?? ""),
    })),
  );
  return {
    format: conversation.format,
    messages: entries.length,
    calls: findCalls(conversation).length,
    ledger: buildWindowLedger(items, frame, 0),
    largest: pieces.sort((a, b) => b.tokens - a.tokens).slice(0, largest),
    duplicates: (repeated.get("dedupe") ?? []).map((change) => makeRepeatedResult(change)),
    superseded: (repeated.get("supersede") ?? []).map((change) => makeRepeatedResult(change)),
    counter: counter.id,
    exact: counter.exact,
  };
}

function makeRepeatedResult({ target, freedTokens }: PartChange): RepeatedResult {
  return { handle: `#${target.seq}`, tokens: freedTokens + target.tokens, freedTokens };
}

function cutBeginning(text: string): string {
  const line = text
    .slice(0, maxBeginningLength * 4)
    .replace(/\s+/g, " ")
    .trim();
  return line.length > maxBeginningLength ? `${line.slice(0, maxBeginningLength - 1)}…` : line;
}
