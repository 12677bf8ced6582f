import type { Role } from "../conversation/message/message.ts";

/** A message as a strategy sends it in one call. Two sent messages are the same to a provider's cache when their `json` is equal. */
export interface SentMessage {
  readonly json: string;
  /** What the model reads of it. */
  readonly text: string;
  readonly tokens: number;
}

/** A message of the conversation with what strategies need to know of it. */
export interface ReplayMessage extends SentMessage {
  readonly role: Role;
  /** True when it answers a tool call (or observes an action). */
  readonly isResult: boolean;
  /** The same message with its tool results cleared. */
  readonly cleared: SentMessage;
  /** Argument values of its tool calls, as `argumentValues` gives them. */
  readonly argumentValues: readonly string[];
}

/** Tokens of a window. */
export function sentTokens(window: readonly SentMessage[]): number {
  return window.reduce((sum, message) => sum + message.tokens, 0);
}

/** How many messages at the start are the same in both windows. */
export function sharedMessages(before: readonly SentMessage[], after: readonly SentMessage[]): number {
  let index = 0;
  while (index < before.length && index < after.length && before[index]?.json === after[index]?.json)
    index += 1;
  return index;
}
