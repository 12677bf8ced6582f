import { compactJson } from "../json/compact-json.ts";
import { readBlocks, readContentParts, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readFields, readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

/** Roles of OpenAI chat completions, mapped to ours. */
export const chatRoles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
  function: "tool",
};

const knownFields = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "function_call",
  "refusal",
  "audio",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
]);

/** Returns arguments as written: most providers send them as a string of JSON, some as JSON itself. */
function readArguments(source: MessageSource, field: Field | undefined): string {
  if (field === undefined || field.value === null) return "";
  return typeof field.value === "string" ? field.value : compactJson(sliceText(source.json, field.range));
}

function readCall(source: MessageSource, call: Block, cut: Part["cut"]): Part {
  const field = call.fields.get("function") ?? call.fields.get("custom");
  if (field === undefined || !isJsonObject(field.value))
    refuseMessage(call.place, "function", field?.value, "an object with name and arguments");
  const inner = readFields(source.json, field.range.start, field.value);
  const text = readArguments(source, inner.get("arguments") ?? inner.get("input"));
  return makePart("tool-call", {
    cut,
    text,
    callId: readString(call.fields, "id"),
    toolName: readString(inner, "name"),
    arguments: text,
  });
}

/** Reads the tool calls of a chat message. A single call is cut together with its `tool_calls` field, which must not be empty. */
export function readChatCalls(source: MessageSource, fields: Fields): readonly Part[] {
  const list = fields.get("tool_calls");
  if (list === undefined || list.value === null) return [];
  if (!Array.isArray(list.value)) refuseMessage(source.place, "tool_calls", list.value, "a list of calls");
  const calls = readBlocks(source, list, "tool_calls");
  return calls.map((call) => readCall(source, call, calls.length === 1 ? list.cut : call.cut));
}

function readLegacyCall(source: MessageSource, fields: Fields): readonly Part[] {
  const field = fields.get("function_call");
  if (field === undefined || !isJsonObject(field.value)) return [];
  const inner = readFields(source.json, field.range.start, field.value);
  const text = readArguments(source, inner.get("arguments"));
  return [
    makePart("tool-call", { cut: field.cut, text, toolName: readString(inner, "name"), arguments: text }),
  ];
}

/**
 * Joins the texts and the opaque data of a list of reasoning blocks (OpenRouter's `reasoning_details`, LiteLLM's
 * `thinking_blocks`).
 */
function joinReasoning(field: Field): { readonly text: string; readonly opaque: string } {
  const texts: string[] = [];
  const opaque: string[] = [];
  const take = (value: unknown, into: string[]): void => {
    if (typeof value === "string") into.push(value);
  };
  for (const block of Array.isArray(field.value) ? (field.value as unknown[]) : []) {
    if (!isJsonObject(block)) continue;
    for (const key of ["text", "summary", "thinking"]) take(block[key], texts);
    for (const key of ["data", "signature"]) take(block[key], opaque);
  }
  return { text: texts.join("\n"), opaque: opaque.join("") };
}

function readReasoning(fields: Fields): readonly Part[] {
  const parts: Part[] = [];
  // Some providers send the same text under two names: count it once.
  const seen = new Set<string>();
  const add = (field: Field, text: string, opaque: string): void => {
    const fresh = seen.has(text) ? "" : text;
    seen.add(text);
    parts.push(
      makePart("reasoning", { cut: field.cut, text: fresh, opaque: opaque === "" ? undefined : opaque }),
    );
  };
  for (const key of ["reasoning_content", "reasoning"]) {
    const field = fields.get(key);
    if (field !== undefined && typeof field.value === "string" && field.value !== "")
      add(field, field.value, "");
  }
  for (const key of ["reasoning_details", "thinking_blocks"]) {
    const field = fields.get(key);
    if (field === undefined || !Array.isArray(field.value) || field.value.length === 0) continue;
    const { text, opaque } = joinReasoning(field);
    add(field, text, opaque);
  }
  return parts;
}

/** Returns the text of a thinking block: a string, or Mistral's list of texts. */
function readThinkingText(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  return value.map((item: unknown) => (isJsonObject(item) ? String(item["text"] ?? "") : "")).join("");
}

function readThinkingBlock(block: Block): readonly Part[] | undefined {
  if (block.type !== "thinking" && block.type !== "redacted_thinking") return undefined;
  const opaque = readString(block.fields, "signature") ?? readString(block.fields, "data");
  return [makePart("reasoning", { cut: block.cut, text: readThinkingText(block.value["thinking"]), opaque })];
}

/** Reads the parts of a chat message other than a tool result. */
export function readChatParts(source: MessageSource, fields: Fields): readonly Part[] {
  const refusal = fields.get("refusal");
  const audio = fields.get("audio");
  return [
    ...readReasoning(fields),
    ...readContentParts(source, fields.get("content"), readThinkingBlock),
    ...(refusal !== undefined && typeof refusal.value === "string" && refusal.value !== ""
      ? [makePart("text", { cut: refusal.cut, body: refusal.range, text: refusal.value })]
      : []),
    ...(isJsonObject(audio?.value) ? [makePart("file", { cut: audio?.cut })] : []),
    ...readChatCalls(source, fields),
    ...readLegacyCall(source, fields),
  ];
}

/** Reads the parts of a tool message: its result, with the call that it answers. */
export function readChatResult(
  source: MessageSource,
  fields: Fields,
  callId: string | undefined,
): readonly Part[] {
  const content = fields.get("content");
  if (
    content !== undefined &&
    typeof content.value !== "string" &&
    content.value !== null &&
    !Array.isArray(content.value)
  )
    refuseMessage(source.place, "content", content.value, "a string or a list of blocks");
  return readResultParts(source, content, { callId, toolName: readString(fields, "name") });
}

/** Reads a source as a message of OpenAI chat completions. Errors: `invalid-message`. */
export function readChatSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = readRole(source, fields, chatRoles);
  const parts =
    role === "tool"
      ? readChatResult(source, fields, readString(fields, "tool_call_id"))
      : readChatParts(source, fields);
  return makeMessage(source, fields, {
    format: "openai-chat",
    role,
    parts: [...parts, ...readOtherFields(source, fields, knownFields)],
    speaker: role === "tool" ? undefined : readString(fields, "name"),
  });
}

/**
 * Reads one message of OpenAI chat completions from its JSON text. Other providers' variants are accepted: reasoning fields,
 * arguments that are objects.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readOpenAiChat(json: string): Message {
  return readChatSource(parseSource(json));
}
