import type { Message } from "../../conversation/message/message.ts";
import type { SentMessage } from "../../identity/align-history.ts";

/** A message of a sent history with what identifies it. */
export interface HistoryMessage extends SentMessage {
  readonly message: Message;
  readonly promptKey: string;
}
