import { editMessage } from "../conversation/edit/edit-message.ts";
import { itemFormats } from "../conversation/message/message.ts";
import type { Conversation, Message } from "../conversation/message/message.ts";
import { countMessage } from "../tokens/count-message.ts";
import type { TokenCounter } from "../tokens/counter.ts";
import { extractArgumentValues } from "./argument-values.ts";
import type { ReplayMessage, SentMessage } from "./sent-message.ts";

/** Text of a cleared result, as in the providers' own clearing. */
const clearedText = "[cleared]";

/** Returns what a model reads of a message: every text and every argument. */
export function joinModelText(message: Message): string {
  return message.parts
    .map((part) =>
      part.kind === "tool-call" ? `${part.toolName ?? ""} ${part.arguments ?? part.text}` : part.text,
    )
    .join("\n");
}

/** Joins all strings of a JSON text: what a model reads of a message known only by its JSON. */
export function joinJsonText(json: string): string {
  const texts: string[] = [];
  const pending: unknown[] = [JSON.parse(json)];
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value === "string") texts.push(value);
    else if (typeof value === "object" && value !== null) pending.push(...Object.values(value));
  }
  return texts.join("\n");
}

function clearMessage(
  message: Message,
  tokens: readonly number[],
  total: number,
  counter: TokenCounter,
): SentMessage {
  const stubs = message.parts.filter((part) => part.kind === "tool-result" && part.body !== undefined);
  if (stubs.length === 0) return { json: message.json, text: joinModelText(message), tokens: total };
  const json = editMessage(message.json, {
    cuts: [],
    stubs: stubs.map((part) => ({ part, text: clearedText })),
  });
  const stub = counter.count(clearedText);
  const saved = message.parts.reduce(
    (sum, part, index) => (stubs.includes(part) ? sum + (tokens[index] ?? 0) - stub : sum),
    0,
  );
  return { json, text: joinJsonText(json), tokens: total - saved };
}

/** Prepares the messages of a conversation for the strategies, each counted once. */
export function prepareMessages(conversation: Conversation, counter: TokenCounter): readonly ReplayMessage[] {
  return conversation.messages.map((message) => {
    const tokens = countMessage(message, counter);
    const calls = message.parts.filter((part) => part.kind === "tool-call");
    return {
      json: message.json,
      text: joinModelText(message),
      tokens: tokens.total,
      role: message.role,
      isResult: message.parts.some((part) => part.kind === "tool-result"),
      cleared: clearMessage(message, tokens.parts, tokens.total, counter),
      argumentValues: [
        ...new Set(calls.flatMap((part) => extractArgumentValues(part.arguments ?? part.text))),
      ],
    };
  });
}

/**
 * Returns the indices of the messages that were one call each: every assistant message or, if a call spans several items (OpenAI
 * responses), the first of them.
 */
export function findCalls(conversation: Conversation): readonly number[] {
  const { messages } = conversation;
  return messages.flatMap((message, index) => {
    if (message.role !== "assistant") return [];
    const before = messages[index - 1];
    return itemFormats.has(message.format) && before?.role === "assistant" ? [] : [index];
  });
}
