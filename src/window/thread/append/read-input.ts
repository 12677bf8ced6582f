import { LoadlineError } from "../../../shared/errors.ts";
import { describeValue } from "../../../shared/options.ts";
import type { Steps } from "../../../shared/steps.ts";
import type { Conversation, Format } from "../../conversation/message/message.ts";
import { serializeValue } from "../../conversation/json/serialize-value.ts";
import type { Entry } from "../../store/store.ts";
import { decodeText, readOne } from "../../conversation/read/read-conversation.ts";

/** What `append` accepts: a conversation, JSON or JSONL text or bytes, a list of messages, or a request body with `messages` or `input`. */
export type ConversationInput = Conversation | string | Uint8Array | readonly unknown[] | object;

/** Reads any of them, in steps. Objects are serialized once, here; from then on their bytes are kept. Errors: those of reading. */
export function* readInput(
  input: unknown,
  format: Format | undefined,
  previous: Entry | undefined,
): Steps<Conversation> {
  // Whether a message is an observation of an action depends on the message before it.
  const options = {
    ...(format === undefined ? {} : { format }),
    ...(previous === undefined ? {} : { previous }),
  };
  const read = function* (text: string | Uint8Array): Steps<Conversation> {
    const decoded = decodeText(text);
    yield;
    return (yield* readOne(decoded, options)).conversation;
  };
  if (typeof input === "string" || input instanceof Uint8Array) return yield* read(input);
  if (Array.isArray(input) && input.length === 0) {
    return {
      format: format ?? "openai-chat",
      frame: { system: undefined, tools: undefined },
      messages: [],
      model: undefined,
    };
  }
  if (isConversation(input)) return input;
  if (typeof input === "object" && input !== null) return yield* read(serialize(input));
  throw new LoadlineError(
    "invalid-message",
    `messages: got ${describeValue(input)}, allowed: a list of messages, a request body, or their JSON text`,
  );
}

/** Returns true for a conversation that `readConversation` returned. */
function isConversation(input: unknown): input is Conversation {
  return (
    typeof input === "object" &&
    input !== null &&
    "frame" in input &&
    "format" in input &&
    "messages" in input
  );
}

/** Returns an input's text or bytes; undefined for a conversation that was read, and for what only reading can refuse. */
export function serializeInput(input: unknown): string | Uint8Array | undefined {
  if (typeof input === "string" || input instanceof Uint8Array) return input;
  if (typeof input !== "object" || input === null || isConversation(input)) return undefined;
  return Array.isArray(input) && input.length === 0 ? undefined : serialize(input);
}

function serialize(input: object): string {
  try {
    return serializeValue(input) ?? "null";
  } catch (cause) {
    throw new LoadlineError(
      "invalid-json",
      "messages: an object cannot be serialized to JSON (circular reference or bigint)",
      { cause },
    );
  }
}
