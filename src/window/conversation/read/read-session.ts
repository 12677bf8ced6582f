import type { Conversation, Message } from "../message/message.ts";
import type { RawSession } from "../../sessions/session.ts";
import { chooseReader } from "./read-message.ts";

/** Reads the messages of a coding agent's conversation. Time and usage come from the agent's envelopes, if they state them. */
export function readSession(raw: RawSession): Conversation {
  const read = chooseReader(raw.format);
  const messages: Message[] = [];
  for (const source of raw.sources) {
    const message = read({ ...source, previous: messages.at(-1) });
    messages.push({
      ...message,
      time: source.time ?? message.time,
      ...(source.usage === undefined ? {} : { usage: source.usage }),
    });
  }
  return {
    format: raw.format,
    settled: true,
    frame: raw.frame,
    messages,
    model: raw.model,
    ...(raw.converted === undefined ? {} : { converted: raw.converted }),
    session: raw.facts,
  };
}
