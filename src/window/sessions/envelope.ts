import { readFields, sliceText } from "../conversation/json/fields.ts";
import type { Fields } from "../conversation/json/fields.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { readTime } from "../conversation/formats/message-time.ts";
import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";

/** One line of an agent's log that is an object: its value, and its members with their ranges. */
export interface Envelope {
  readonly document: JsonDocument;
  readonly value: JsonObject;
}

/** Returns the documents that are objects. */
export function listEnvelopes(documents: readonly JsonDocument[]): readonly Envelope[] {
  return documents.flatMap((document) =>
    isJsonObject(document.value) ? [{ document, value: document.value }] : [],
  );
}

/** Returns the members of an envelope with their ranges. */
export function readEnvelope({ document, value }: Envelope): Fields {
  return readFields(document.json, 0, value);
}

/** Returns how errors name an envelope. */
export function placeOf({ document }: Envelope): string {
  return document.line === undefined ? "message" : `line ${document.line}`;
}

/** Returns a member's exact JSON text; undefined if it does not exist or is null. */
export function cutMember(envelope: Envelope, name: string): string | undefined {
  if (envelope.value[name] === undefined || envelope.value[name] === null) return undefined;
  const field = readEnvelope(envelope).get(name);
  return field === undefined ? undefined : sliceText(envelope.document.json, field.range);
}

/** Returns a member that is a text with at least one character. */
export function textOf(value: JsonObject, name: string): string | undefined {
  const text = value[name];
  return typeof text === "string" && text !== "" ? text : undefined;
}

/** Returns a member that is an object. */
export function objectOf(value: JsonObject, name: string): JsonObject | undefined {
  const object = value[name];
  return isJsonObject(object) ? object : undefined;
}

/** Returns the time of an envelope in milliseconds since 1970 UTC. */
export function timeOf(value: JsonObject, name = "timestamp"): number | undefined {
  return readTime(value[name]);
}

/** Returns the newest of some times; undefined if none is known. */
export function newestTime(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce(
    (newest, time) => (time !== undefined && time > (newest ?? 0) ? time : newest),
    undefined,
  );
}
