import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { readFields, readItems } from "../conversation/json/fields.ts";
import type { Field, Fields } from "../conversation/json/fields.ts";
import { itemFormats } from "../conversation/message/message.ts";
import type { Format } from "../conversation/message/message.ts";

/** Formats whose tool results are blocks of a user message: the name of the list, and what makes a block a result. */
const resultLists: Readonly<Partial<Record<Format, (block: JsonObject) => boolean>>> = {
  anthropic: (block) => block["type"] === "tool_result",
  bedrock: (block) => block["toolResult"] !== undefined,
  gemini: (block) => block["functionResponse"] !== undefined || block["function_response"] !== undefined,
};

/** Returns true for a format whose tool results are blocks of a user message. */
export function holdsResultsInUserMessages(format: Format): boolean {
  return resultLists[format] !== undefined;
}

function contentKey(format: Format): string {
  return format === "gemini" ? "parts" : "content";
}

function readMessage(json: string): { readonly fields: Fields; readonly value: JsonObject } {
  const value: unknown = JSON.parse(json);
  const object = isJsonObject(value) ? value : {};
  const fields = readFields(json, json.indexOf("{"), object);
  // LangChain keeps the content of a message in an inner object, in two of its three forms.
  const holder = fields.has("content") ? undefined : (fields.get("data") ?? fields.get("kwargs"));
  if (!isJsonObject(holder?.value)) return { value: object, fields };
  return { value: holder.value, fields: readFields(json, holder.range.start, holder.value) };
}

/** Writes the blocks of a content as JSON, without the list's brackets: a string becomes a text block. */
function writeBlocks(json: string, content: Field | undefined, format: Format): string {
  if (content === undefined) return "";
  const text = json.slice(content.range.start, content.range.end);
  if (Array.isArray(content.value)) return text.slice(1, -1).trim();
  const isBare = format === "gemini" || format === "bedrock";
  const type = itemFormats.has(format) ? "input_text" : "text";
  return isBare ? `{"text":${text}}` : `{"type":"${type}","text":${text}}`;
}

/** Returns a message of tool results with the contents of other user messages as blocks behind its last result. */
export function insertBehindResults(json: string, others: readonly string[], format: Format): string {
  const content = readMessage(json).fields.get(contentKey(format));
  if (content === undefined || !Array.isArray(content.value)) return json;
  const blocks = readItems(json, content.range.start, content.value);
  const isResult = resultLists[format] ?? (() => false);
  const last = blocks.findLast((block) => isJsonObject(block.value) && isResult(block.value));
  if (last === undefined) return json;
  const inserted = others.map((other) =>
    writeBlocks(other, readMessage(other).fields.get(contentKey(format)), format),
  );
  return `${json.slice(0, last.range.end)},${inserted.join(",")}${json.slice(last.range.end)}`;
}

/** Returns two messages of one role as one, with all fields of the first; with `keepSecond`, of the second. */
export function joinContents(
  first: string,
  second: string,
  { format, keepSecond }: { readonly format: Format; readonly keepSecond: boolean },
): string {
  const key = contentKey(format);
  const a = readMessage(first).fields.get(key);
  const b = readMessage(second).fields.get(key);
  const base = keepSecond ? second : first;
  const range = (keepSecond ? b : a)?.range;
  if (a === undefined || b === undefined || range === undefined) return base;
  const isText = typeof a.value === "string" && typeof b.value === "string";
  const content = isText
    ? JSON.stringify(`${a.value as string}\n\n${b.value as string}`)
    : `[${[writeBlocks(first, a, format), writeBlocks(second, b, format)].filter((text) => text !== "").join(",")}]`;
  return `${base.slice(0, range.start)}${content}${base.slice(range.end)}`;
}

/** Items of OpenAI responses that are accepted without their id. */
const optionalIds: ReadonlySet<unknown> = new Set([
  undefined,
  "message",
  "function_call",
  "custom_tool_call",
  "shell_call",
  "apply_patch_call",
]);

/** Returns true for an item that is accepted without its id. */
export function canLoseId(json: string): boolean {
  const { value } = readMessage(json);
  return value["id"] !== undefined && optionalIds.has(value["type"]);
}

/** Returns an item without its id. */
export function cutId(json: string): string {
  const cut = readMessage(json).fields.get("id")?.cut;
  return cut === undefined ? json : json.slice(0, cut.start) + json.slice(cut.end);
}
