import { compactJson } from "../json/compact-json.ts";
import { sliceText } from "../json/fields.ts";
import type { Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import type { Part } from "../message/message.ts";
import type { MessageSource } from "./message-source.ts";

/** Fields that clients and providers keep in a message and that no model reads. */
const bookkeeping = new Set([
  "id",
  "object",
  "index",
  "status",
  "phase",
  "metadata",
  "usage",
  "model",
  "created",
  "created_at",
  "createdAt",
  "timestamp",
  "time",
  "date",
  "cache_control",
  "providerOptions",
  "providerMetadata",
  "experimental_providerMetadata",
  "finish_reason",
  "stop_reason",
  "stop_sequence",
  "stop_details",
  "container",
  "context_management",
  "annotations",
  "parsed",
  "logprobs",
  "session_id",
  "parent_id",
  "uuid",
]);

function isEmpty(value: unknown): boolean {
  if (value === "" || value === null) return true;
  return typeof value === "object" ? Object.keys(value).length === 0 : typeof value !== "string";
}

/**
 * Makes a part for each field of a message that is neither known to the reader nor bookkeeping. It may be sent, so it is counted
 * as its JSON text. Numbers, booleans and empty values are too small to matter.
 */
export function readOtherFields(
  source: MessageSource,
  fields: Fields,
  known: ReadonlySet<string>,
): readonly Part[] {
  const parts: Part[] = [];
  for (const [key, field] of fields) {
    if (known.has(key) || bookkeeping.has(key) || isEmpty(field.value)) continue;
    parts.push(makePart("other", { cut: field.cut, text: compactJson(sliceText(source.json, field.range)) }));
  }
  return parts;
}
