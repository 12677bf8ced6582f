import { setTimes } from "../append/append-messages.ts";
import { readInput } from "../append/read-input.ts";
import type { ConversationInput } from "../append/read-input.ts";
import type { Conversation, Format, Message } from "../../conversation/message/message.ts";
import type { SentMessage } from "../../identity/align-history.ts";
import { CallNumbers, makeKey, readMeaning } from "../../identity/meaning.ts";
import { makePromptKey } from "../state/view.ts";

/** A message of a sent history with what identifies it. */
export interface HistoryMessage extends SentMessage {
  readonly message: Message;
  readonly promptKey: string;
}

/** A history as it was sent, with its frame and format. */
export interface SentHistory extends Pick<Conversation, "frame" | "format" | "settled"> {
  readonly history: readonly HistoryMessage[];
}

/** Reads what identifies the messages of a whole history, in order. */
export function readHistory(messages: readonly Message[]): readonly HistoryMessage[] {
  const calls = new CallNumbers();
  return messages.map((message) => {
    const meaning = readMeaning(message, calls);
    return {
      message,
      meaning,
      key: makeKey(meaning),
      role: message.role,
      parts: message.parts,
      promptKey: makePromptKey(message),
    };
  });
}

/** Reads a whole history as it is sent. Errors: those of reading. */
export function readSent(
  input: ConversationInput,
  format: Format | undefined,
  time: number | undefined,
): SentHistory {
  const read = readInput(input, format, undefined);
  return { ...read, history: readHistory(setTimes(read.messages, time)) };
}
