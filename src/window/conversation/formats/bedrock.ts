import { compactJson } from "../json/compact-json.ts";
import { joinResultParts, readBlocks, readListParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { readFields, readString, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readBase64Image, readFileText } from "./media-block.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { readOtherFields } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = { user: "user", assistant: "assistant" };

const knownFields = new Set(["role", "content"]);

/** A block's only member, read: a block of Converse is a union with one of these keys. */
interface Content {
  readonly block: Block;
  readonly value: Field;
  /** The member's own members; empty if it is not an object. */
  readonly fields: Fields;
}

type ContentReader = (content: Content, source: MessageSource) => readonly Part[];

function readText({ block, value }: Content): readonly Part[] {
  if (typeof value.value !== "string") refuseMessage(block.place, "text", value.value, "a string");
  return [makePart("text", { cut: block.cut, body: value.range, text: value.value })];
}

/** Joins the texts of a list of blocks (a citation's content, a document's). */
function joinTexts(value: unknown): string {
  if (!Array.isArray(value)) return "";
  return value.map((item: unknown) => (isJsonObject(item) ? String(item["text"] ?? "") : "")).join("\n");
}

/** Reads cited or found texts. Their sources belong to them, so a stub cannot replace them. */
function readCitations({ block, value }: Content): readonly Part[] {
  const content = isJsonObject(value.value) ? value.value["content"] : undefined;
  return [makePart("text", { cut: block.cut, text: joinTexts(content) })];
}

function readGuarded({ block, value }: Content): readonly Part[] {
  const inner = isJsonObject(value.value) ? value.value : {};
  if (isJsonObject(inner["image"])) return [makeImage(block, inner["image"])];
  const text = isJsonObject(inner["text"]) ? inner["text"]["text"] : undefined;
  return [makePart("text", { cut: block.cut, text: typeof text === "string" ? text : block.json })];
}

/** Reads reasoning: its text and signature, or its encrypted form. */
function readReasoning({ block, value }: Content): readonly Part[] {
  const inner = isJsonObject(value.value) ? value.value : {};
  const reasoning = isJsonObject(inner["reasoningText"]) ? inner["reasoningText"] : {};
  const { text, signature } = reasoning;
  const opaque = signature ?? inner["redactedContent"];
  return [
    makePart("reasoning", {
      cut: block.cut,
      text: typeof text === "string" ? text : "",
      opaque: typeof opaque === "string" ? opaque : undefined,
    }),
  ];
}

function readCall({ block, fields }: Content, source: MessageSource): readonly Part[] {
  const input = fields.get("input");
  const text = input === undefined ? "" : compactJson(sliceText(source.json, input.range));
  return [
    makePart("tool-call", {
      cut: block.cut,
      text,
      callId: readString(fields, "toolUseId"),
      toolName: readString(fields, "name"),
      arguments: text,
      isHosted: fields.has("type") ? true : undefined,
    }),
  ];
}

/** Reads one block of a tool's result: any JSON, or a block as in a message. */
function readResultBlock(block: Block, source: MessageSource): readonly Part[] {
  const json = block.fields.get("json");
  return json === undefined
    ? readBlock(block, source)
    : [makePart("text", { text: compactJson(sliceText(source.json, json.range)) })];
}

/** Reads a tool's result. A stub replaces its list of blocks by one text, except if the provider ran the tool. */
function readResult({ block, fields }: Content, source: MessageSource): readonly Part[] {
  const content = fields.get("content");
  // Only tools that the provider runs have a type.
  const isHosted = fields.has("type") ? true : undefined;
  const facts = { cut: block.cut, callId: readString(fields, "toolUseId"), isHosted };
  if (content === undefined || !Array.isArray(content.value)) return [makePart("tool-result", facts)];
  const inner = readBlocks(source, content, "toolResult.content").flatMap((item) =>
    readResultBlock(item, source),
  );
  const body = isHosted === true ? undefined : content.range;
  return joinResultParts(inner, { ...facts, body, bodyForm: "text-blocks" });
}

/** Returns what holds a block's media: its bytes as base64 text, or its address in S3. */
function readBedrockMedia(holder: JsonObject): string | undefined {
  const source = isJsonObject(holder["source"]) ? holder["source"] : {};
  const place = isJsonObject(source["s3Location"]) ? source["s3Location"]["uri"] : undefined;
  const media = source["bytes"] ?? source["text"] ?? place;
  return typeof media === "string" ? media : undefined;
}

function makeImage(block: Block, image: JsonObject): Part {
  const media = readBedrockMedia(image);
  return makePart("image", {
    cut: block.cut,
    body: block.range,
    bodyForm: "text-part",
    image: readBase64Image(media),
    media,
  });
}

function readFile({ block, value }: Content): readonly Part[] {
  const media = isJsonObject(value.value) ? readBedrockMedia(value.value) : undefined;
  return [makePart("file", { cut: block.cut, media })];
}

function readImage({ block, value }: Content): readonly Part[] {
  return [makeImage(block, isJsonObject(value.value) ? value.value : {})];
}

function readDocument({ block, value }: Content): readonly Part[] {
  const inner = isJsonObject(value.value) ? value.value : {};
  const text = isJsonObject(inner["source"]) ? inner["source"]["text"] : undefined;
  return [
    makePart("file", {
      cut: block.cut,
      text: typeof text === "string" ? text : readFileText(inner),
      media: readBedrockMedia(inner),
    }),
  ];
}

const readers: ReadonlyMap<string, ContentReader> = new Map<string, ContentReader>([
  ["text", readText],
  ["toolUse", readCall],
  ["toolResult", readResult],
  ["reasoningContent", readReasoning],
  ["image", readImage],
  ["document", readDocument],
  ["video", readFile],
  ["audio", readFile],
  ["citationsContent", readCitations],
  ["guardContent", readGuarded],
  ["searchResult", readCitations],
  // A mark of the prompt cache holds nothing.
  ["cachePoint", ({ block }) => [makePart("other", { cut: block.cut })]],
]);

function readBlock(block: Block, source: MessageSource): readonly Part[] {
  for (const [name, value] of block.fields) {
    const reader = readers.get(name);
    if (reader === undefined || value.value === null) continue;
    const fields = isJsonObject(value.value)
      ? readFields(source.json, value.range.start, value.value)
      : new Map<string, Field>();
    return reader({ block, value, fields }, source);
  }
  return [makePart("other", { cut: block.cut, text: compactJson(block.json) })];
}

/** Returns true if a message holds tool results and nothing else but marks of the cache. */
function holdsOnlyResults(content: Field): boolean {
  if (!Array.isArray(content.value)) return false;
  const held = content.value.filter((block) => isJsonObject(block) && block["cachePoint"] === undefined);
  return held.length > 0 && held.every((block) => isJsonObject(block) && block["toolResult"] !== undefined);
}

/** Reads a source as a message of Bedrock's Converse API. Errors: `invalid-message`. */
export function readBedrockSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  const role = readRole(source, fields, roles);
  const content = fields.get("content");
  if (content === undefined || !Array.isArray(content.value))
    refuseMessage(source.place, "content", content?.value, "a list of blocks");
  const parts = readListParts(source, { field: content, name: "content" }, readBlock);
  return makeMessage(source, fields, {
    format: "bedrock",
    role: role === "user" && holdsOnlyResults(content) ? "tool" : role,
    parts: [...parts, ...readOtherFields(source, fields, knownFields)],
  });
}

/**
 * Reads one message of Amazon Bedrock's Converse API from its JSON text. Bytes are base64 text, as on the wire. A user message with
 * only tool results has the role `tool`.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readBedrock(json: string): Message {
  return readBedrockSource(parseSource(json));
}
