import type { Message } from "./message.ts";

/** Indexes of the messages that must stay together, in order. */
export type Exchange = readonly number[];

/** What follows directly in the same turn of the responses API: the items one answer came in, and outputs between them. */
function continues(message: Message, before: Message | undefined): boolean {
  return (
    message.format === "openai-responses" && message.role === "assistant" && before?.role === "assistant"
  );
}

/**
 * Groups messages into exchanges: an assistant message with all results of its calls, or a message by itself. A result
 * without a call id belongs to the exchange before it; items of one answer of the responses API form one. Linear.
 */
export function exchanges(messages: readonly Message[]): readonly Exchange[] {
  const groups: number[][] = [];
  const groupOfCall = new Map<string, number[]>();
  for (const [index, message] of messages.entries()) {
    const last = groups.at(-1);
    const group =
      groupOfResult(message, groupOfCall, last) ??
      (continues(message, messages[index - 1]) ? last : undefined);
    const own = group ?? [];
    if (group === undefined) groups.push(own);
    own.push(index);
    for (const part of message.parts)
      if (part.kind === "tool-call" && part.callId !== undefined) groupOfCall.set(part.callId, own);
  }
  return groups;
}

function groupOfResult(
  message: Message,
  groupOfCall: ReadonlyMap<string, number[]>,
  last: number[] | undefined,
): number[] | undefined {
  for (const part of message.parts) {
    if (part.kind !== "tool-result") continue;
    if (part.callId === undefined) {
      if (message.role === "tool") return last;
      continue;
    }
    const group = groupOfCall.get(part.callId);
    if (group !== undefined) return group;
  }
  return undefined;
}
