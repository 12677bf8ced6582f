import { compactJson } from "../json/compact-json.ts";
import { readBlocks, readContentParts, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readBase64Image, readImage, readMedia } from "./media-block.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { ownValue } from "../../../shared/own-value.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

/** Items whose output may be replaced by a string, also if it was a list of parts. */
const textOutputs = new Set(["function_call_output", "custom_tool_call_output"]);

const messageKnown = new Set(["type", "role", "content", "name"]);

/** What one item is: who speaks, and its parts. */
interface Item {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly speaker?: string | undefined;
}

type ItemReader = (source: MessageSource, fields: Fields) => Item;

function readRawText(source: MessageSource, field: Field | undefined): string {
  if (field === undefined || field.value === null) return "";
  return typeof field.value === "string" ? field.value : compactJson(sliceText(source.json, field.range));
}

function readNoBlock(_block: Block): undefined {
  return undefined;
}

function readMessageItem(source: MessageSource, fields: Fields): Item {
  const role = readRole(source, fields, roles);
  const parts = readContentParts(source, fields.get("content"), readNoBlock);
  const others = readOtherFields(source, fields, messageKnown);
  return { role, parts: [...parts, ...others], speaker: readString(fields, "name") };
}

/** Reads the texts of the reasoning and of its summary. The encrypted content is what is sent back and billed. */
function readReasoningItem(source: MessageSource, fields: Fields): Item {
  const texts: string[] = [];
  for (const name of ["summary", "content"]) {
    const field = fields.get(name);
    if (field === undefined || !Array.isArray(field.value)) continue;
    for (const block of readBlocks(source, field, name)) texts.push(readString(block.fields, "text") ?? "");
  }
  const opaque = readString(fields, "encrypted_content");
  return { role: "assistant", parts: [makePart("reasoning", { text: texts.join("\n"), opaque })] };
}

/** Fields in which a call states its arguments, by item type. Other calls count as their entire JSON. */
const argumentFields = ["arguments", "input", "action", "operation", "queries", "code", "query"] as const;

function readCallItem(source: MessageSource, fields: Fields, type: string): Item {
  const field = argumentFields.map((name) => fields.get(name)).find((found) => found !== undefined);
  // A generated picture is not text: it has a part of its own.
  const whole = fields.has("result")
    ? (readString(fields, "revised_prompt") ?? "")
    : compactJson(source.json);
  const text = field === undefined ? whole : readRawText(source, field);
  const call = makePart("tool-call", {
    text,
    callId: readString(fields, "call_id"),
    toolName: readString(fields, "name") ?? type.slice(0, -"_call".length),
    arguments: text,
    isHosted: fields.has("call_id") ? undefined : true,
  });
  return { role: "assistant", parts: [call, ...readHostedResults(source, fields)] };
}

/**
 * Reads results of tools that the provider ran: they are in the call's own item, without an id that needs an answer. They go back
 * unchanged, so they have no body.
 */
function readHostedResults(source: MessageSource, fields: Fields): readonly Part[] {
  const parts: Part[] = [];
  for (const name of ["output", "outputs", "results", "error"]) {
    const field = fields.get(name);
    if (field === undefined || field.value === null) continue;
    parts.push(makePart("tool-result", { text: readRawText(source, field), isHosted: true }));
  }
  const picture = readString(fields, "result");
  if (picture !== undefined)
    parts.push(makePart("image", { image: readBase64Image(picture), media: picture }));
  return parts;
}

function readOutputItem(source: MessageSource, fields: Fields, type: string): Item {
  // A local shell's output names its call by `id`; all others have `call_id`.
  const callId =
    readString(fields, "call_id") ??
    (type === "local_shell_call_output" ? readString(fields, "id") : undefined);
  const output = fields.get("output");
  const shown = isJsonObject(output?.value) ? output.value : undefined;
  const image = shown === undefined ? undefined : readImage(shown);
  if (shown !== undefined && image !== undefined) {
    // The media tell one screenshot from another: without them all are the same message.
    const part = makePart("tool-result", { callId, image, media: readMedia(shown) });
    return { role: "tool", parts: [part] };
  }
  // Only these accept a string in place of their content; a shell's or a computer's output has a shape of its own.
  const isText = textOutputs.has(type) || typeof output?.value === "string";
  return {
    role: "tool",
    parts: readResultParts(source, output, isText ? { callId } : { callId, body: undefined }),
  };
}

/** Fields that link an item of another kind to its counterparts, by item type: approvals, and programs that call tools. */
const linkFields: Readonly<Record<string, string>> = {
  mcp_approval_request: "id",
  mcp_approval_response: "approval_request_id",
  program: "call_id",
  program_output: "call_id",
};

function readOtherItem(source: MessageSource, fields: Fields): Item {
  const type = readString(fields, "type") ?? "";
  const opaque = readString(fields, "encrypted_content");
  const field = ownValue(linkFields, type);
  const callId = field === undefined ? undefined : readString(fields, field);
  const kind = type === "compaction" ? "compaction" : "other";
  const part =
    opaque === undefined
      ? makePart(kind, { text: compactJson(source.json), callId })
      : makePart(kind, { opaque, callId });
  return { role: type === "mcp_approval_response" ? "tool" : "assistant", parts: [part] };
}

function chooseItemReader(type: unknown): ItemReader {
  if (type === undefined || type === "message") return readMessageItem;
  if (type === "reasoning") return readReasoningItem;
  if (typeof type !== "string") return readOtherItem;
  if (type.endsWith("_call_output")) return (source, fields) => readOutputItem(source, fields, type);
  if (type.endsWith("_call")) return (source, fields) => readCallItem(source, fields, type);
  return readOtherItem;
}

/** Reads a source as an item of OpenAI responses. Errors: `invalid-message`. */
export function readResponsesSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const type = fields.get("type")?.value;
  if (type !== undefined && typeof type !== "string") refuseMessage(source.place, "type", type, "a string");
  return makeMessage(source, fields, {
    format: "openai-responses",
    ...chooseItemReader(type)(source, fields),
  });
}

/**
 * Reads one input item of OpenAI responses from its JSON text: a message, a call, an output, or reasoning. Calls of tools that
 * the provider runs have no call id.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readOpenAiResponses(json: string): Message {
  return readResponsesSource(parseSource(json));
}
