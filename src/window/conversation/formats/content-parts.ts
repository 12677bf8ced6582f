import { compactJson } from "../json/compact-json.ts";
import { readFields, readItems, sliceText } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { readFileText, readImage, readMedia, isFile } from "./media-block.ts";
import type { Part } from "../message/message.ts";
import { refuseMessage } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

/** An element of a content list. */
export interface Block extends Field {
  readonly value: JsonObject;
  readonly type: string;
  readonly fields: Fields;
  /** Its own JSON text. */
  readonly json: string;
  readonly place: string;
}

/** Reads the blocks that only one format has; returns undefined for all others. */
export type BlockReader = (block: Block, source: MessageSource) => readonly Part[] | undefined;

/** Fields that hold the text of a text block, by block type, in all formats. */
const textFields: Readonly<Record<string, string>> = {
  text: "text",
  input_text: "text",
  output_text: "text",
  summary_text: "text",
  refusal: "refusal",
};

/** Returns the text field of a text block, undefined for other blocks. Errors: `invalid-message` if the text is not a string. */
function readTextField(block: Block): Field | undefined {
  const name = Object.hasOwn(textFields, block.type) ? textFields[block.type] : undefined;
  if (name === undefined) return undefined;
  const field = block.fields.get(name);
  if (field === undefined || typeof field.value !== "string")
    refuseMessage(block.place, `${block.type}.${name}`, field?.value, "a string");
  return field;
}

function readCommonParts(block: Block): readonly Part[] {
  const text = readTextField(block);
  if (text !== undefined)
    return [makePart("text", { cut: block.cut, body: text.range, text: text.value as string })];
  const image = readImage(block.value);
  if (image !== undefined)
    return [
      makePart("image", { cut: block.cut, ...readImageBody(block), image, media: readMedia(block.value) }),
    ];
  if (isFile(block.value))
    return [
      makePart("file", {
        cut: block.cut,
        text: readFileText(block.value),
        media: readMedia(block.value),
      }),
    ];
  return [makePart("other", { cut: block.cut, text: compactJson(block.json) })];
}

/** Block types of images in whose place a format allows no text. */
const imagesWithoutText = new Set(["computer_screenshot", "reasoning-file"]);

/** Returns how a text is written in place of an image: as a text block of the format, whose names of types begin alike. */
function readImageBody(block: Block): Pick<Part, "body" | "bodyForm"> {
  const bodyForm = block.type.startsWith("input_") ? "input-text" : "text-item";
  return { body: imagesWithoutText.has(block.type) ? undefined : block.range, bodyForm };
}

function makeBlock(source: MessageSource, item: Field, place: string): Block {
  if (!isJsonObject(item.value)) refuseMessage(place, "block", item.value, "an object");
  const type = item.value["type"];
  return {
    ...item,
    value: item.value,
    type: typeof type === "string" ? type : "",
    fields: readFields(source.json, item.range.start, item.value),
    json: sliceText(source.json, item.range),
    place,
  };
}

/** Returns the blocks of a content list. Errors: `invalid-message` for an element that is not an object. */
export function readBlocks(source: MessageSource, field: Field, name: string): readonly Block[] {
  return readItems(source.json, field.range.start, field.value as readonly unknown[]).map((item, index) =>
    makeBlock(source, item, `${source.place}: ${name}[${index}]`),
  );
}

/**
 * Reads the parts of a message's content: a string, or a list of blocks. Missing or null content has none. The only block of a
 * list cannot be cut alone, and neither can reasoning without any other block: providers refuse an empty list, so the entire
 * message has to leave.
 * Errors: `invalid-message` for content of any other type.
 */
export function readContentParts(
  source: MessageSource,
  field: Field | undefined,
  readBlock: BlockReader,
): readonly Part[] {
  if (field === undefined || field.value === null) return [];
  if (typeof field.value === "string") return [makePart("text", { body: field.range, text: field.value })];
  if (!Array.isArray(field.value))
    refuseMessage(source.place, "content", field.value, "a string or a list of blocks");
  return readListParts(source, { field, name: "content" }, readBlock);
}

/** Returns true for a mark of the prompt cache that is a block of its own: it holds nothing. */
function isMark(part: Part): boolean {
  return part.kind === "other" && part.text === "" && part.opaque === undefined;
}

/** Reads the parts of a list of blocks, by the same rules. */
export function readListParts(
  source: MessageSource,
  list: { readonly field: Field; readonly name: string },
  readBlock: BlockReader,
): readonly Part[] {
  const blocks = readBlocks(source, list.field, list.name);
  const parts = blocks.flatMap((block) => readBlock(block, source) ?? readCommonParts(block));
  const bare = blocks.length === 1 || parts.every((part) => part.kind === "reasoning" || isMark(part));
  if (!bare) return parts;
  // Media inside a result may have a cut of their own, which leaves the block.
  const cuts = new Set(blocks.map((block) => block.cut));
  return parts.map((part) => (cuts.has(part.cut) ? { ...part, cut: undefined } : part));
}

/**
 * Reads the parts of a tool result's content: a string, a list of blocks, or any JSON. The first part is the result; images
 * and files in it are parts of their own, which cannot be cut alone: a text replaces an image.
 */
export function readResultParts(
  source: MessageSource,
  field: Field | undefined,
  facts: Partial<Part>,
): readonly Part[] {
  if (field === undefined || field.value === null) return [makePart("tool-result", facts)];
  const editable = { body: field.range, ...facts };
  if (typeof field.value === "string") return [makePart("tool-result", { ...editable, text: field.value })];
  if (!Array.isArray(field.value) || !field.value.every(isJsonObject))
    return [makePart("tool-result", { ...editable, text: compactJson(sliceText(source.json, field.range)) })];
  return joinResultParts(readBlocks(source, field, "content").flatMap(readCommonParts), editable);
}

/** Makes the parts of a tool result of what its content holds: the texts joined, and its media as parts of their own. */
export function joinResultParts(inner: readonly Part[], facts: Partial<Part>): readonly Part[] {
  const isMedia = (part: Part): boolean =>
    part.kind === "image" || (part.kind === "file" && part.text === "");
  const text = inner
    .filter((part) => !isMedia(part))
    .map((part) => part.text)
    .join("\n");
  const media = inner.filter(isMedia);
  const rest = media.map((part) => ({ ...part, cut: undefined }));
  return [makePart("tool-result", { ...facts, text }), ...rest];
}
