import { compactJson } from "../json/compact-json.ts";
import { readBlocks, readContentParts, readResultParts } from "./content-parts.ts";
import { readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readBase64Image, readImage, readMedia } from "./media-block.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = { system: "system", user: "user", assistant: "assistant" };

const messageKnown = new Set(["type", "role", "content", "providerData"]);

/** Fields in which a call states its arguments, by item type. */
const argumentFields = ["arguments", "action", "actions", "operation", "code"] as const;

/** What one item is: who speaks, and its parts. */
interface Item {
  readonly role: Role;
  readonly parts: readonly Part[];
}

type ItemReader = (source: MessageSource, fields: Fields, type: string) => Item;

function readRawText(source: MessageSource, field: Field | undefined): string {
  if (field === undefined || field.value === null) return "";
  return typeof field.value === "string" ? field.value : compactJson(sliceText(source.json, field.range));
}

function readProviderText(fields: Fields, name: string): string | undefined {
  const data = fields.get("providerData")?.value;
  const value = isJsonObject(data) ? data[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** Returns the id that links a call to its result. Tool search items may have the provider's spelling. */
function readCallId(fields: Fields): string | undefined {
  return readString(fields, "callId") ?? readString(fields, "call_id");
}

function readMessageItem(source: MessageSource, fields: Fields): Item {
  const role = readRole(source, fields, roles);
  const parts = readContentParts(source, fields.get("content"), () => undefined);
  return { role, parts: [...parts, ...readOtherFields(source, fields, messageKnown)] };
}

/** Reads the texts of the reasoning. The encrypted content, which goes back to the provider, is in the provider's own data. */
function readReasoningItem(source: MessageSource, fields: Fields): Item {
  const texts: string[] = [];
  for (const name of ["content", "rawContent"]) {
    const field = fields.get(name);
    if (field === undefined || !Array.isArray(field.value)) continue;
    for (const block of readBlocks(source, field, name)) texts.push(readString(block.fields, "text") ?? "");
  }
  const opaque =
    readProviderText(fields, "encryptedContent") ?? readProviderText(fields, "encrypted_content");
  return { role: "assistant", parts: [makePart("reasoning", { text: texts.join("\n"), opaque })] };
}

function readCallItem(source: MessageSource, fields: Fields, type: string): Item {
  const field = argumentFields.map((name) => fields.get(name)).find((found) => found !== undefined);
  const text = readRawText(source, field);
  const call = makePart("tool-call", {
    text,
    callId: readCallId(fields),
    toolName: readString(fields, "name") ?? type.replace(/_call$/, ""),
    arguments: text,
  });
  return { role: "assistant", parts: [call] };
}

/** Reads a call of a tool that the provider ran, with its result: it goes back unchanged. */
function readHostedItem(source: MessageSource, fields: Fields): Item {
  const name = readString(fields, "name");
  if (name === "mcp_approval_request" || name === "mcp_approval_response")
    return readApproval(source, fields, name);
  const picture = readProviderText(fields, "result");
  const written = fields.get("arguments") ?? (picture === undefined ? fields.get("providerData") : undefined);
  const text = readRawText(source, written);
  const output = fields.get("output");
  const parts = [
    makePart("tool-call", { text, toolName: name, arguments: text, isHosted: true }),
    ...(output === undefined
      ? []
      : [makePart("tool-result", { text: readRawText(source, output), isHosted: true })]),
    ...(picture === undefined
      ? []
      : [makePart("image", { image: readBase64Image(picture), media: picture })]),
  ];
  return { role: "assistant", parts };
}

/** Reads the request for a person's approval of a call, or the answer to it: the request's id links them. */
function readApproval(source: MessageSource, fields: Fields, name: string): Item {
  const isRequest = name === "mcp_approval_request";
  const callId = isRequest
    ? (readString(fields, "id") ?? readProviderText(fields, "id"))
    : readProviderText(fields, "approval_request_id");
  const part = makePart("other", { text: compactJson(source.json), callId });
  return { role: isRequest ? "assistant" : "tool", parts: [part] };
}

/** Reads a function's result: a text, a text, picture or file in an object, or a list of such. A stub becomes a text object. */
function readFunctionResult(source: MessageSource, fields: Fields): Item {
  const facts = { callId: readCallId(fields), toolName: readString(fields, "name") };
  const output = fields.get("output");
  if (!isJsonObject(output?.value))
    return {
      role: "tool",
      parts: readResultParts(
        source,
        output,
        Array.isArray(output?.value) ? { ...facts, bodyForm: "text-item" } : facts,
      ),
    };
  const wrapped = { ...facts, body: output.range, bodyForm: "text-item" as const };
  const image = readImage(output.value);
  const media = readMedia(output.value);
  const text = output.value["text"];
  if (image !== undefined) {
    const picture = makePart("image", { body: output.range, bodyForm: "text-item", image, media });
    return { role: "tool", parts: [makePart("tool-result", facts), picture] };
  }
  const result =
    output.value["type"] === "file"
      ? { ...wrapped, media }
      : {
          ...wrapped,
          text: typeof text === "string" ? text : compactJson(sliceText(source.json, output.range)),
        };
  return { role: "tool", parts: [makePart("tool-result", result)] };
}

/** Reads another tool's result, which has a shape of its own: only a text can be replaced by a text. */
function readOutputItem(source: MessageSource, fields: Fields): Item {
  const output = fields.get("output") ?? fields.get("tools");
  const callId = readCallId(fields);
  const image = isJsonObject(output?.value) ? readImage(output.value) : undefined;
  if (image !== undefined) {
    const media = isJsonObject(output?.value) ? readMedia(output.value) : undefined;
    return { role: "tool", parts: [makePart("tool-result", { callId, image, media })] };
  }
  const isText = typeof output?.value === "string";
  return {
    role: "tool",
    parts: readResultParts(source, output, isText ? { callId } : { callId, body: undefined }),
  };
}

function readOtherItem(source: MessageSource, fields: Fields, type: string): Item {
  const opaque = readString(fields, "encrypted_content");
  const kind = type === "compaction" ? "compaction" : "other";
  const part = makePart(kind, opaque === undefined ? { text: compactJson(source.json) } : { opaque });
  return { role: "assistant", parts: [part] };
}

const itemReaders: ReadonlyMap<string, ItemReader> = new Map<string, ItemReader>([
  ["message", readMessageItem],
  ["reasoning", readReasoningItem],
  ["function_call", readCallItem],
  ["computer_call", readCallItem],
  ["shell_call", readCallItem],
  ["apply_patch_call", readCallItem],
  ["tool_search_call", readCallItem],
  ["program", readCallItem],
  ["hosted_tool_call", readHostedItem],
  ["function_call_result", readFunctionResult],
  ["computer_call_result", readOutputItem],
  ["shell_call_output", readOutputItem],
  ["apply_patch_call_output", readOutputItem],
  ["tool_search_output", readOutputItem],
  ["program_output", readOutputItem],
]);

/** Reads a source as an item of the OpenAI Agents SDK. Errors: `invalid-message`. */
export function readAgentsSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const type = fields.get("type")?.value ?? "message";
  if (typeof type !== "string") refuseMessage(source.place, "type", type, "a string");
  const read = itemReaders.get(type) ?? readOtherItem;
  return makeMessage(source, fields, { format: "openai-agents", ...read(source, fields, type) });
}

/**
 * Reads one item of `@openai/agents` from its JSON text: a message, a call, a result, or reasoning. Calls of tools that the
 * provider runs have no call id and hold their result.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readOpenAiAgents(json: string): Message {
  return readAgentsSource(parseSource(json));
}
