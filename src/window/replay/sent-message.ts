import type { Role } from "../conversation/message/message.ts";

/** A message as a strategy sends it in one call. A provider's cache treats messages with equal `json` as the same. */
export interface SentMessage {
  readonly json: string;
  /** Text that the model reads of it. */
  readonly text: string;
  readonly tokens: number;
}

/** A message of the conversation, prepared for the strategies. */
export interface ReplayMessage extends SentMessage {
  readonly role: Role;
  /** True if it is the result of a tool call or the observation of an action. */
  readonly isResult: boolean;
  /** The same message with its tool results cleared. */
  readonly cleared: SentMessage;
  /** Argument values of its tool calls, from `extractArgumentValues`. */
  readonly argumentValues: readonly string[];
}

/** Sums the tokens of a window. */
export function sumSentTokens(window: readonly SentMessage[]): number {
  return window.reduce((sum, message) => sum + message.tokens, 0);
}

/** Counts the leading messages that are equal in both windows. */
export function countSharedMessages(before: readonly SentMessage[], after: readonly SentMessage[]): number {
  let index = 0;
  while (index < before.length && index < after.length && before[index]?.json === after[index]?.json) index++;
  return index;
}
