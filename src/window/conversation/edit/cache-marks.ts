import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { skipBlanks } from "../../../shared/json/json-tokens.ts";
import { readFields, readItems } from "../json/fields.ts";
import type { Field } from "../json/fields.ts";
import type { Format } from "../message/message.ts";
import { splice } from "./splice.ts";

/** A place in a conversation up to which a client lets the provider cache: the JSON text of its value, for example its lifetime. */
export interface CacheMark {
  readonly kind: "cache_control" | "cachePoint" | "providerOptions";
  readonly json: string;
}

/** Formats whose messages may hold marks, with the form in which they hold them. */
const kinds: Partial<Readonly<Record<Format, CacheMark["kind"]>>> = {
  anthropic: "cache_control",
  "openai-chat": "cache_control",
  langchain: "cache_control",
  bedrock: "cachePoint",
  "ai-sdk": "providerOptions",
};

/** Blocks that cannot hold a mark. */
const unmarked: ReadonlySet<unknown> = new Set(["thinking", "redacted_thinking", "reasoning"]);

/** Returns true if a JSON text may hold a mark of its format: a search, without reading it. */
export function mayHoldMark(json: string, format: Format): boolean {
  const kind = kinds[format];
  return kind !== undefined && json.includes(kind === "providerOptions" ? '"cacheControl"' : `"${kind}"`);
}

const searched = new WeakMap<object, boolean>();

/** Searches the JSON text of an object as `mayHoldMark` does, once: what is sent again and again keeps its object. */
export function mayHoldMarkIn(holder: { readonly json: string }, format: Format): boolean {
  const held = searched.get(holder);
  if (held !== undefined) return held;
  const found = mayHoldMark(holder.json, format);
  searched.set(holder, found);
  return found;
}

/** Returns the marks of a message, in order. */
export function listMarks(json: string, format: Format): readonly CacheMark[] {
  const kind = kinds[format];
  if (kind === undefined || !mayHoldMark(json, format)) return [];
  const value: unknown = JSON.parse(json);
  if (!isJsonObject(value)) return [];
  const { content } = value;
  const blocks: readonly unknown[] = Array.isArray(content) ? content : [];
  return [value, ...blocks].flatMap((holder) => {
    if (!isJsonObject(holder) || !isMark(holder[kind], kind)) return [];
    return [{ kind, json: JSON.stringify(holder[kind]) }];
  });
}

function isMark(value: unknown, kind: CacheMark["kind"]): boolean {
  if (!isJsonObject(value)) return false;
  if (kind !== "providerOptions") return true;
  return Object.values(value).some(
    (options) => isJsonObject(options) && isJsonObject(options["cacheControl"]),
  );
}

/** Returns a message with a mark at its end; unchanged if it has one there, or if nothing in it can hold one. */
export function addMark(json: string, mark: CacheMark): string {
  const start = skipBlanks(json, 0);
  const value: unknown = JSON.parse(json);
  if (!isJsonObject(value)) return json;
  if (mark.kind === "providerOptions")
    return value["providerOptions"] === undefined
      ? insertMember(json, { start, end: json.trimEnd().length }, mark)
      : json;
  const content = readFields(json, start, value).get("content");
  if (content === undefined) return json;
  if (typeof content.value === "string") return markText(json, content, mark);
  return Array.isArray(content.value) ? markBlock(json, content, mark) : json;
}

function markText(json: string, { value, range }: Field, mark: CacheMark): string {
  if (mark.kind !== "cache_control" || String(value).trim() === "") return json;
  const text = json.slice(range.start, range.end);
  const block = `[{"type":"text","text":${text},"cache_control":${mark.json}}]`;
  return splice(json, [{ ...range, text: block }]);
}

function markBlock(json: string, content: Field, mark: CacheMark): string {
  const blocks = readItems(json, content.range.start, content.value as readonly unknown[]);
  const last = blocks.at(-1);
  if (last === undefined) return json;
  if (mark.kind === "cachePoint") {
    if (isJsonObject(last.value) && last.value["cachePoint"] !== undefined) return json;
    const text = `,{"cachePoint":${mark.json}}`;
    return splice(json, [{ start: last.range.end, end: last.range.end, text }]);
  }
  const place = blocks.findLast(({ value }) => canHold(value));
  if (place === undefined || !isJsonObject(place.value) || place.value["cache_control"] !== undefined)
    return json;
  return insertMember(json, place.range, mark);
}

/** Providers refuse a mark on reasoning and on an empty text. */
function canHold(block: unknown): boolean {
  if (!isJsonObject(block) || unmarked.has(block["type"])) return false;
  const { text } = block as JsonObject & { text?: unknown };
  return typeof text !== "string" || text.trim() !== "";
}

/** Inserts a member at the end of the object in a range. Marked objects have members, so a comma precedes it. */
function insertMember(
  json: string,
  { end }: { readonly start: number; readonly end: number },
  mark: CacheMark,
): string {
  const text = `,"${mark.kind}":${mark.json}`;
  return splice(json, [{ start: end - 1, end: end - 1, text }]);
}

/** Returns a message without its marks. */
export function removeMarks(json: string, format: Format): string {
  const kind = kinds[format];
  const value: unknown = kind === undefined ? undefined : JSON.parse(json);
  if (kind === undefined || !isJsonObject(value)) return json;
  const fields = readFields(json, skipBlanks(json, 0), value);
  const content = fields.get("content");
  const blocks = Array.isArray(content?.value)
    ? readItems(json, content.range.start, content.value as readonly unknown[])
    : [];
  const cuts = blocks.flatMap(({ value: block, range, cut }) => {
    if (!isJsonObject(block) || !isMark(block[kind], kind)) return [];
    if (kind === "cachePoint") return cut ?? [];
    return readFields(json, range.start, block).get(kind)?.cut ?? [];
  });
  const own = isMark(value[kind], kind) ? fields.get(kind)?.cut : undefined;
  const all = [...cuts, ...(own === undefined ? [] : [own])].sort((a, b) => a.start - b.start);
  return splice(
    json,
    all.map((range) => ({ ...range, text: "" })),
  );
}
