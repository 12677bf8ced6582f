import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import type { Conversation, Format } from "../../conversation/message/message.ts";
import type { Entry } from "../../store/store.ts";
import { readConversation } from "../../conversation/read/read-conversation.ts";

/** What can be appended: a conversation that is read already, JSON or JSONL text or bytes, a list of messages, or a request body with `messages` or `input`. */
export type ConversationInput = Conversation | string | Uint8Array | readonly unknown[] | object;

/** Reads any of them. Objects are serialised once, here; from then on their bytes are kept. */
export function readInput(
  input: unknown,
  format: Format | undefined,
  previous: Entry | undefined,
): Conversation {
  // Whether a message observes an action can only be said by what stands before it.
  const options = {
    ...(format === undefined ? {} : { format }),
    ...(previous === undefined ? {} : { previous }),
  };
  if (typeof input === "string" || input instanceof Uint8Array) return readConversation(input, options);
  if (Array.isArray(input) && input.length === 0) {
    return {
      format: format ?? "openai-chat",
      frame: { system: undefined, tools: undefined },
      messages: [],
      model: undefined,
    };
  }
  if (isConversation(input)) return input;
  if (typeof input === "object" && input !== null) return readConversation(serialise(input), options);
  throw new LoadlineError(
    "invalid-message",
    `messages: got ${describeValue(input)}, allowed: a list of messages, a request body, or their JSON text`,
  );
}

/** True for what `readConversation` gave. */
function isConversation(input: unknown): input is Conversation {
  return (
    typeof input === "object" &&
    input !== null &&
    "frame" in input &&
    "format" in input &&
    "messages" in input
  );
}

function serialise(input: object): string {
  try {
    return JSON.stringify(input);
  } catch (cause) {
    throw new LoadlineError(
      "invalid-json",
      "messages: got an object that has no JSON form (a ring or a bigint)",
      { cause },
    );
  }
}
