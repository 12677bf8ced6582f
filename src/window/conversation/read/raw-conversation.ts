import { LoadlineError } from "../../../shared/errors.ts";
import { findListKey, hasFormatSign } from "./detect-format.ts";
import { describeFields } from "./refuse-format.ts";
import { readFields, readItems, readString, sliceText } from "../json/fields.ts";
import type { Fields } from "../json/fields.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import type { JsonNode } from "../json/json-node.ts";
import { noFrame } from "../dumps/raw-conversation.ts";
import { readFrame, systemNames, toolNames } from "./read-frame.ts";
import type { RawConversation } from "../dumps/raw-conversation.ts";
import type { MessageSource } from "../formats/message-source.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

/** Makes a function that returns the line of an offset, from 1. The offsets must grow: a file is scanned once. */
function makeLineCounter(text: string): (offset: number) => number {
  let line = 1;
  let next = text.indexOf("\n");
  return (offset) => {
    while (next !== -1 && next < offset) {
      line++;
      next = text.indexOf("\n", next + 1);
    }
    return line;
  };
}

function makeSources(
  json: string,
  start: number,
  values: readonly unknown[],
  line: number | undefined,
): readonly MessageSource[] {
  const prefix = line === undefined ? "" : `line ${line}, `;
  const countLines = makeLineCounter(json);
  return readItems(json, start, values).map((item, index) => {
    const own = line === undefined ? countLines(item.range.start) : 1;
    const at = own === 1 ? "" : `line ${own}, `;
    return {
      json: sliceText(json, item.range),
      value: item.value,
      place: `${prefix}message ${index} (${at}offset ${item.range.start})`,
    };
  });
}

/**
 * Makes a user message of a plain text `input` or `contents`, since a window holds messages. Contents may also be a single one,
 * without a list.
 */
function makeInputMessage(json: string, fields: Fields, key: string): MessageSource {
  const field = fields.get(key);
  const text = sliceText(json, field?.range ?? { start: 0, end: 0 });
  const message =
    key === "input"
      ? `{"role":"user","content":${text}}`
      : isJsonObject(field?.value)
        ? text
        : `{"role":"user","parts":[{"text":${text}}]}`;
  return { json: message, value: JSON.parse(message) as unknown, place: key };
}

function readRequest(document: JsonDocument, value: JsonObject): RawConversation {
  const { json } = document;
  const fields = readFields(json, 0, value);
  const key = findListKey(value);
  const field = key === undefined ? undefined : fields.get(key);
  const sources =
    field === undefined
      ? []
      : Array.isArray(field.value)
        ? makeSources(json, field.range.start, field.value, document.line)
        : [makeInputMessage(json, fields, key ?? "input")];
  return {
    frame: readFrame(json, fields),
    model: readString(fields, "model") ?? readString(fields, "modelId"),
    request: value,
    sources,
  };
}

/** Returns true for an object around messages. A call's item can have an `input` as well, but it is a message. */
function isRequest(value: JsonObject): boolean {
  return value["role"] === undefined && findListKey(value) !== undefined && !hasFormatSign(value);
}

function isMessage(value: JsonObject): boolean {
  return typeof value["role"] === "string" || typeof value["type"] === "string" || hasFormatSign(value);
}

/** Returns true for a request without messages: the first line of a JSON lines file may be one. */
function isFrame(value: JsonObject): boolean {
  return ["model", ...toolNames, ...systemNames].some((name) => value[name] !== undefined);
}

function refuseShape(document: JsonDocument): never {
  const where = document.line === undefined ? "input" : `line ${document.line}`;
  const got = describeFields(document.value);
  throw new LoadlineError(
    "unknown-format",
    `${where}: got ${got}, allowed: a list of messages, a request with messages or input, a .traj object, or JSON lines of messages`,
  );
}

function joinMessages(sources: readonly MessageSource[]): RawConversation {
  return { frame: noFrame, model: undefined, request: undefined, sources };
}

/** Reads a list: of messages, as one conversation, or of objects that each hold a conversation. */
function readList(document: JsonDocument, values: readonly unknown[]): readonly RawConversation[] {
  const holdsConversations =
    values.length > 0 && values.every((value) => isJsonObject(value) && isRequest(value));
  if (!holdsConversations) return [joinMessages(makeSources(document.json, 0, values, document.line))];
  return readItems(document.json, 0, values).map((item) =>
    readRequest(
      { json: sliceText(document.json, item.range), value: item.value, line: document.line },
      item.value as JsonObject,
    ),
  );
}

/** Reads what a log holds as a request: an object around messages, or their list. */
export function readLoggedRequest({ json, value }: JsonNode, line: number | undefined): RawConversation {
  const document = { json, value, line };
  return isJsonObject(value)
    ? readRequest(document, value)
    : joinMessages(makeSources(json, 0, Array.isArray(value) ? value : [], line));
}

/**
 * Finds the conversations of an input's JSON values. Messages on lines of their own follow the request above them, or make one
 * conversation.
 * Errors: `unknown-format` for a value that is not a list, request or message.
 */
export function findConversations(documents: readonly JsonDocument[]): readonly RawConversation[] {
  const found: { raw: RawConversation; sources: MessageSource[] }[] = [];
  for (const document of documents) {
    const { json, value, line } = document;
    if (Array.isArray(value)) {
      for (const raw of readList(document, value)) found.push({ raw, sources: [...raw.sources] });
    } else if (!isJsonObject(value)) refuseShape(document);
    else if (isRequest(value)) {
      const raw = readRequest(document, value);
      found.push({ raw, sources: [...raw.sources] });
    } else if (isMessage(value)) {
      const source = { json, value, place: line === undefined ? "message" : `line ${line}` };
      const last = found.at(-1);
      if (last === undefined) found.push({ raw: joinMessages([]), sources: [source] });
      else last.sources.push(source);
    } else if (isFrame(value) && found.length === 0 && documents.length > 1) {
      found.push({ raw: readRequest(document, value), sources: [] });
    } else refuseShape(document);
  }
  return found.map(({ raw, sources }) => ({ ...raw, sources }));
}
