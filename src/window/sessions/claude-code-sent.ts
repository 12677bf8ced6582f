import { isJsonObject } from "../../shared/json/json-object.ts";
import { readFields, readItems, sliceText } from "../conversation/json/fields.ts";
import type { Frame } from "../conversation/message/message.ts";
import { cutMember, placeOf, timeOf } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import type { SessionSource } from "./session.ts";

/**
 * Returns the system prompt and the tools that newer releases note with each call (`api-request-shape`). Of several the longest: the
 * shorter ones belong to calls for titles and summaries.
 */
export function findFrame(envelopes: readonly Envelope[]): Frame {
  const shapes = envelopes.filter(({ value }) => value["type"] === "api-request-shape");
  let longest = "";
  for (const envelope of shapes) {
    const shape = cutMember(envelope, "shape") ?? "";
    if (shape.length > longest.length) longest = shape;
  }
  const value: unknown = longest === "" ? undefined : JSON.parse(longest);
  if (!isJsonObject(value)) return { system: undefined, tools: undefined };
  const fields = readFields(longest, 0, value);
  const cut = (name: string): string | undefined => {
    const field = fields.get(name);
    return field === undefined || field.value === null ? undefined : sliceText(longest, field.range);
  };
  return { system: cut("system"), tools: cut("tools") };
}

/** Returns the JSON texts of the blocks that a reminder was sent as. */
function listBlocks(envelope: Envelope): readonly string[] {
  const rendered = cutMember(envelope, "rendered");
  const list = envelope.value["rendered"];
  if (rendered === undefined || !Array.isArray(list)) return [];
  return readItems(rendered, 0, list).flatMap((item) => {
    if (!isJsonObject(item.value)) return [];
    const content = readFields(rendered, item.range.start, item.value).get("content");
    if (content === undefined) return [];
    const text = sliceText(rendered, content.range);
    if (typeof content.value === "string") return [`{"type":"text","text":${text}}`];
    return Array.isArray(content.value) && content.value.length > 0 ? [text.slice(1, -1)] : [];
  });
}

/** Whether a line is a reminder whose text the client noted as it sent it. */
export function isReminder({ value }: Envelope): boolean {
  const { type, rendered, renderedRole } = value;
  const isKnown = renderedRole === "user" || renderedRole === "system";
  return type === "attachment" && isKnown && Array.isArray(rendered) && rendered.length > 0;
}

/** Returns reminders of one role, which follow each other, as the message that they were sent in. */
export function makeReminder(envelopes: readonly Envelope[]): SessionSource | undefined {
  const [first] = envelopes;
  const blocks = envelopes.flatMap(listBlocks);
  if (first === undefined || blocks.length === 0) return undefined;
  const role = JSON.stringify(first.value["renderedRole"]);
  const json = `{"role":${role},"content":[${blocks.join(",")}]}`;
  const time = timeOf(first.value);
  return { json, value: JSON.parse(json) as unknown, place: placeOf(first), time, usage: undefined };
}
