import { readContentParts, readResultParts } from "./content-parts.ts";
import { readItems, readString } from "../json/fields.ts";
import type { Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readBase64Image } from "./media-block.ts";
import type { Message, Part } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { chatRoles, readChatCalls } from "./openai-chat.ts";
import { readOtherFields } from "./other-fields.ts";

const knownFields = new Set([
  "role",
  "content",
  "thinking",
  "images",
  "tool_calls",
  "tool_name",
  "tool_call_id",
  "name",
]);

/** Reads the pictures of a message: base64 texts. Each can be cut alone, the last one with its field. */
function readImages(source: MessageSource, fields: Fields): readonly Part[] {
  const list = fields.get("images");
  if (list === undefined || list.value === null) return [];
  if (!Array.isArray(list.value)) refuseMessage(source.place, "images", list.value, "a list of base64 texts");
  const items = readItems(source.json, list.range.start, list.value);
  return items.map((item, index) => {
    if (typeof item.value !== "string")
      refuseMessage(source.place, `images[${index}]`, item.value, "a base64 text");
    const cut = items.length === 1 ? list.cut : item.cut;
    return makePart("image", { cut, image: readBase64Image(item.value), media: item.value });
  });
}

function readThinking(fields: Fields): readonly Part[] {
  const field = fields.get("thinking");
  if (field === undefined || typeof field.value !== "string" || field.value === "") return [];
  return [makePart("reasoning", { cut: field.cut, text: field.value })];
}

/** Reads a source as a message of Ollama's chat API. Errors: `invalid-message`. */
export function readOllamaSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = readRole(source, fields, chatRoles);
  const content = fields.get("content");
  if (content !== undefined && content.value !== null && typeof content.value !== "string")
    refuseMessage(source.place, "content", content.value, "a string");
  const images = readImages(source, fields);
  const said =
    role === "tool"
      ? readResultParts(source, content, {
          callId: readString(fields, "tool_call_id"),
          toolName: readString(fields, "tool_name") ?? readString(fields, "name"),
        })
      : readContentParts(source, content, () => undefined);
  return makeMessage(source, fields, {
    format: "ollama",
    role,
    parts: [
      ...readThinking(fields),
      ...said,
      ...images,
      ...readChatCalls(source, fields),
      ...readOtherFields(source, fields, knownFields),
    ],
    speaker: role === "tool" ? undefined : readString(fields, "name"),
  });
}

/**
 * Reads one message of Ollama's chat API from its JSON text: pictures as base64 texts in `images`, arguments as objects, calls
 * and results without ids.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readOllama(json: string): Message {
  return readOllamaSource(parseSource(json));
}
