import { blocksOf, contentParts, resultParts } from "./content-parts.ts";
import type { Block } from "./content-parts.ts";
import { stringField, textAt } from "../json/fields.ts";
import type { Field, Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import { imageSize } from "./image-size.ts";
import { imageOf } from "./media-block.ts";
import type { Message, Part, Role } from "../message/message.ts";
import { makeMessage, messageFields, readRole, refuseMessage, sourceOf } from "./message-source.ts";
import type { MessageSource } from "./message-source.ts";
import { otherFieldParts } from "./other-fields.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const roles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};

/** Outputs that may be a string whatever they were before. */
const textOutputs = new Set(["function_call_output", "custom_tool_call_output"]);

const messageKnown = new Set(["type", "role", "content", "name"]);

/** What one item is: who speaks, and its parts. */
interface Item {
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly speaker?: string | undefined;
}

type ItemReader = (source: MessageSource, fields: Fields) => Item;

function rawText(source: MessageSource, field: Field | undefined): string {
  if (field === undefined || field.value === null) return "";
  return typeof field.value === "string" ? field.value : textAt(source.json, field.range);
}

function noBlock(_block: Block): undefined {
  return undefined;
}

function messageItem(source: MessageSource, fields: Fields): Item {
  const role = readRole(source, fields, roles);
  const parts = contentParts(source, fields.get("content"), noBlock);
  const others = otherFieldParts(source, fields, messageKnown);
  return { role, parts: [...parts, ...others], speaker: stringField(fields, "name") };
}

/** Reads the texts of the reasoning and of its summary. The encrypted content is what is sent back and billed. */
function reasoningItem(source: MessageSource, fields: Fields): Item {
  const texts: string[] = [];
  for (const name of ["summary", "content"]) {
    const field = fields.get(name);
    if (field === undefined || !Array.isArray(field.value)) continue;
    for (const block of blocksOf(source, field, name)) texts.push(stringField(block.fields, "text") ?? "");
  }
  const opaque = stringField(fields, "encrypted_content");
  return { role: "assistant", parts: [makePart("reasoning", { text: texts.join("\n"), opaque })] };
}

/** Fields in which a call states its arguments, by item type. Other calls count as their entire JSON. */
const argumentFields = ["arguments", "input", "action", "operation", "queries", "code", "query"] as const;

function callItem(source: MessageSource, fields: Fields, type: string): Item {
  const field = argumentFields.map((name) => fields.get(name)).find((found) => found !== undefined);
  // A generated picture is not text: it has a part of its own.
  const whole = fields.has("result") ? (stringField(fields, "revised_prompt") ?? "") : source.json;
  const text = field === undefined ? whole : rawText(source, field);
  const call = makePart("tool-call", {
    text,
    callId: stringField(fields, "call_id"),
    toolName: stringField(fields, "name") ?? type.slice(0, -"_call".length),
    arguments: text,
  });
  return { role: "assistant", parts: [call, ...hostedResults(source, fields)] };
}

/** Reads results of tools that the provider ran: they are in the call's own item, without an id that needs an answer. */
function hostedResults(source: MessageSource, fields: Fields): readonly Part[] {
  const parts: Part[] = [];
  for (const name of ["output", "outputs", "results", "error"]) {
    const field = fields.get(name);
    if (field === undefined || field.value === null) continue;
    parts.push(
      makePart("tool-result", {
        text: rawText(source, field),
        body: typeof field.value === "string" ? field.range : undefined,
      }),
    );
  }
  const picture = stringField(fields, "result");
  if (picture !== undefined) {
    const size = imageSize(picture);
    parts.push(makePart("image", { image: { width: size?.width, height: size?.height, detail: undefined } }));
  }
  return parts;
}

function outputItem(source: MessageSource, fields: Fields, type: string): Item {
  // A local shell's output names its call by `id`; all others have `call_id`.
  const callId =
    stringField(fields, "call_id") ??
    (type === "local_shell_call_output" ? stringField(fields, "id") : undefined);
  const output = fields.get("output");
  const image = isJsonObject(output?.value) ? imageOf(output.value) : undefined;
  if (image !== undefined) return { role: "tool", parts: [makePart("tool-result", { callId, image })] };
  // Only these accept a string in place of their content; a shell's or a computer's output has a shape of its own.
  const isText = textOutputs.has(type) || typeof output?.value === "string";
  return {
    role: "tool",
    parts: resultParts(source, output, isText ? { callId } : { callId, body: undefined }),
  };
}

function otherItem(source: MessageSource, fields: Fields): Item {
  const opaque = stringField(fields, "encrypted_content");
  const part =
    opaque === undefined ? makePart("other", { text: source.json }) : makePart("other", { opaque });
  return { role: "assistant", parts: [part] };
}

function itemReader(type: unknown): ItemReader {
  if (type === undefined || type === "message") return messageItem;
  if (type === "reasoning") return reasoningItem;
  if (typeof type !== "string") return otherItem;
  if (type.endsWith("_call_output")) return (source, fields) => outputItem(source, fields, type);
  if (type.endsWith("_call")) return (source, fields) => callItem(source, fields, type);
  return otherItem;
}

/** Reads a source as an item of OpenAI responses. Errors: `invalid-message`. */
export function readResponsesSource(source: MessageSource): Message {
  const fields = messageFields(source);
  const type = fields.get("type")?.value;
  if (type !== undefined && typeof type !== "string") refuseMessage(source.place, "type", type, "a string");
  return makeMessage(source, fields, { format: "openai-responses", ...itemReader(type)(source, fields) });
}

/**
 * Reads one input item of OpenAI responses from its JSON text: a message, a call, an output, or reasoning. Calls of tools that
 * the provider runs have no call id.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readOpenAiResponses(json: string): Message {
  return readResponsesSource(sourceOf(json));
}
