import { compactJson } from "../json/compact-json.ts";
import { readListParts, readBlocks, readResultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readFields, readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readBase64Image } from "./media-block.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = {
  user: "user",
  model: "assistant",
  function: "tool",
  system: "system",
};

const knownFields = new Set(["role", "parts"]);

/** Members of a part that hold its content; REST accepts both spellings. A part has one of them. */
const members = [
  ["functionCall", "function_call"],
  ["functionResponse", "function_response"],
  ["toolCall", "tool_call"],
  ["toolResponse", "tool_response"],
  ["executableCode", "executable_code"],
  ["codeExecutionResult", "code_execution_result"],
  ["inlineData", "inline_data"],
  ["fileData", "file_data"],
] as const;

type Member = (typeof members)[number][0];

/** Members of calls that the provider runs, and of their results: they go back unchanged. */
const hosted: ReadonlySet<Member> = new Set<Member>([
  "toolCall",
  "toolResponse",
  "executableCode",
  "codeExecutionResult",
]);

/** What a part holds, in addition to the part itself. */
interface Content {
  readonly block: Block;
  readonly value: Field;
  readonly fields: Fields;
  /** The signature that the part carries. It goes back with the part unchanged. */
  readonly opaque: string | undefined;
}

function readRange(source: MessageSource, field: Field | undefined): string {
  return field === undefined || field.value === null ? "" : compactJson(sliceText(source.json, field.range));
}

function readCall({ block, fields, opaque }: Content, source: MessageSource): readonly Part[] {
  const text = readRange(source, fields.get("args"));
  const toolName = readString(fields, "name") ?? readString(fields, "toolType");
  return [
    makePart("tool-call", {
      cut: block.cut,
      text,
      callId: readString(fields, "id"),
      toolName,
      arguments: text,
      opaque: opaque ?? readString(fields, "thoughtSignature"),
    }),
  ];
}

/** Reads media of a function response: each element of its `parts` can be cut alone, the last one with its list. */
function readResponseMedia(fields: Fields, source: MessageSource): readonly Part[] {
  const list = fields.get("parts");
  if (list === undefined || !Array.isArray(list.value)) return [];
  const blocks = readBlocks(source, list, "functionResponse.parts");
  return blocks.flatMap((block) => {
    const parts = readPart(block, source) ?? [
      makePart("other", { cut: block.cut, text: compactJson(block.json) }),
    ];
    // No text may stand here in place of a picture.
    return parts.map((part) => ({
      ...part,
      body: undefined,
      cut: blocks.length === 1 ? list.cut : part.cut,
    }));
  });
}

/** Returns the member of a response that holds all of it, so that its text is read as the model reads it. */
function findOnlyMember(response: Field, source: MessageSource): Field {
  if (!isJsonObject(response.value)) return response;
  const inner = readFields(source.json, response.range.start, response.value);
  const [only, ...others] = inner.values();
  if (only === undefined || others.length > 0) return response;
  const isBlocks =
    Array.isArray(only.value) &&
    only.value.length > 0 &&
    only.value.every((item) => isJsonObject(item) && typeof item["type"] === "string");
  return typeof only.value === "string" || isBlocks ? only : response;
}

/** Reads a function's response. It must stay an object, so a stub becomes its `output`. */
function readResponse({ block, fields, opaque }: Content, source: MessageSource): readonly Part[] {
  const response = fields.get("response");
  const facts = {
    cut: block.cut,
    callId: readString(fields, "id"),
    toolName: readString(fields, "name"),
    opaque,
  };
  const media = readResponseMedia(fields, source);
  if (response === undefined || response.value === null) return [makePart("tool-result", facts), ...media];
  const body = opaque === undefined ? response.range : undefined;
  const results = readResultParts(source, findOnlyMember(response, source), {
    ...facts,
    body,
    bodyForm: "output-object",
  });
  return [...results, ...media];
}

/** Reads what a tool that the provider ran returned: it goes back unchanged, so it has no body. */
function readProviderResult({ block, fields, opaque }: Content, source: MessageSource): readonly Part[] {
  const field = fields.get("output") ?? fields.get("response");
  const text = typeof field?.value === "string" ? field.value : readRange(source, field);
  return [makePart("tool-result", { cut: block.cut, text, callId: readString(fields, "id"), opaque })];
}

function readCode({ block, fields, opaque }: Content): readonly Part[] {
  const text = readString(fields, "code") ?? "";
  return [
    makePart("tool-call", {
      cut: block.cut,
      text,
      callId: readString(fields, "id"),
      toolName: "code_execution",
      arguments: text,
      opaque,
    }),
  ];
}

function readMedia({ block, fields, opaque }: Content): readonly Part[] {
  const mimeType = readString(fields, "mimeType") ?? readString(fields, "mime_type") ?? "";
  const data = readString(fields, "data");
  const media = data ?? readString(fields, "fileUri") ?? readString(fields, "file_uri");
  const facts = { cut: block.cut, opaque, media };
  const body = opaque === undefined ? { body: block.range, bodyForm: "text-part" as const } : {};
  return mimeType.startsWith("image/")
    ? [makePart("image", { ...facts, ...body, image: readBase64Image(data) })]
    : [makePart("file", facts)];
}

const readers: Readonly<Record<Member, (content: Content, source: MessageSource) => readonly Part[]>> = {
  functionCall: readCall,
  functionResponse: readResponse,
  toolCall: readCall,
  toolResponse: readProviderResult,
  executableCode: readCode,
  codeExecutionResult: readProviderResult,
  inlineData: readMedia,
  fileData: readMedia,
};

/** Reads a part's text: a thought, or what is said. A signature alone, in a part without text, counts as reasoning. */
function readText(block: Block, text: Field, opaque: string | undefined): Part {
  if (typeof text.value !== "string") refuseMessage(block.place, "text", text.value, "a string");
  const facts = { cut: block.cut, text: text.value, opaque };
  if (block.value["thought"] === true || (text.value === "" && opaque !== undefined))
    return makePart("reasoning", facts);
  // A signature holds for the text that it came with.
  return makePart("text", opaque === undefined ? { ...facts, body: text.range } : facts);
}

function readPart(block: Block, source: MessageSource): readonly Part[] | undefined {
  const opaque =
    readString(block.fields, "thoughtSignature") ?? readString(block.fields, "thought_signature");
  for (const [member, snake] of members) {
    const value = block.fields.get(member) ?? block.fields.get(snake);
    if (value === undefined || value.value === null) continue;
    if (!isJsonObject(value.value)) refuseMessage(block.place, member, value.value, "an object");
    const fields = readFields(source.json, value.range.start, value.value);
    const parts = readers[member]({ block, value, fields, opaque }, source);
    return hosted.has(member) ? parts.map((part) => ({ ...part, isHosted: true })) : parts;
  }
  const text = block.fields.get("text");
  if (text !== undefined && text.value !== null) return [readText(block, text, opaque)];
  return opaque === undefined ? undefined : [makePart("reasoning", { cut: block.cut, opaque })];
}

/** Returns true if a content holds function responses and nothing else. */
function holdsOnlyResponses(parts: Field | undefined): boolean {
  if (!Array.isArray(parts?.value) || parts.value.length === 0) return false;
  return parts.value.every(
    (part) =>
      isJsonObject(part) &&
      (part["functionResponse"] !== undefined || part["function_response"] !== undefined),
  );
}

/** Reads a source as a content of Gemini's API. Errors: `invalid-message`. */
export function readGeminiSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = fields.has("role") ? readRole(source, fields, roles) : "user";
  const list = fields.get("parts");
  const isMissing = list === undefined || list.value === null;
  if (!isMissing && !Array.isArray(list.value))
    refuseMessage(source.place, "parts", list.value, "a list of parts");
  const parts = isMissing ? [] : readListParts(source, { field: list, name: "parts" }, readPart);
  return makeMessage(source, fields, {
    format: "gemini",
    role: role === "user" && holdsOnlyResponses(list) ? "tool" : role,
    parts: [...parts, ...readOtherFields(source, fields, knownFields)],
  });
}

/**
 * Reads one content of Gemini's API (`generateContent`) from its JSON text. A content without a role is the user's; one with only
 * function responses has the role `tool`. Signatures (`thoughtSignature`) go back with their parts unchanged.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readGemini(json: string): Message {
  return readGeminiSource(parseSource(json));
}
