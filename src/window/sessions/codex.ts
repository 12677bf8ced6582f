import { LoadlineError } from "../../shared/errors.ts";
import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { readFields, readItems, sliceText } from "../conversation/json/fields.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { CodexHistory } from "./codex-history.ts";
import {
  cutMember,
  listEnvelopes,
  newestTime,
  objectOf,
  placeOf,
  readEnvelope,
  textOf,
  timeOf,
} from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { countOf, noteFaultyLines } from "./notes.ts";
import type { RawSession, SessionInput, SessionRecogniser } from "./session.ts";

/** Types of lines that only a rollout has. Newer releases add others, which are bookkeeping. */
const envelopeTypes = new Set(["session_meta", "response_item", "event_msg", "turn_context", "compacted"]);

/** Returns true for a line of the form that was written from October 2025 on: an envelope with a payload. */
function isEnvelope(value: JsonObject): boolean {
  const { type } = value;
  return typeof type === "string" && envelopeTypes.has(type) && isJsonObject(value["payload"]);
}

/** Returns true for an item that has no envelope: a line of the older forms. */
function isBareItem(value: JsonObject): boolean {
  return typeof value["type"] === "string" && value["payload"] === undefined;
}

/** Returns true for the first line of the older form, whose other lines are items without an envelope. */
function isOldHead(value: JsonObject): boolean {
  const isHead = typeof value["id"] === "string" && typeof value["timestamp"] === "string";
  const names = value["instructions"] !== undefined || value["git"] !== undefined;
  return isHead && names && value["type"] === undefined && value["role"] === undefined;
}

/** Returns true for the oldest form, one object with the session and its items. */
function isOldObject(value: JsonObject): boolean {
  return (
    isJsonObject(value["session"]) &&
    Array.isArray(value["items"]) &&
    typeof value["session"]["id"] === "string"
  );
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const values = listEnvelopes(documents).map(({ value }) => value);
  const [first] = values;
  if (first === undefined) return false;
  if (values.some(isEnvelope)) return true;
  const isOld =
    isOldHead(first) && values.slice(1).every((value) => "type" in value || "record_type" in value);
  return isOld || (values.length === 1 && isOldObject(first));
}

/** Returns the items of the oldest form as lines. */
function unfoldObject(envelope: Envelope): readonly Envelope[] {
  const { document, value } = envelope;
  const list = value["items"];
  const field = readEnvelope(envelope).get("items");
  if (!Array.isArray(list) || field === undefined) return [];
  return readItems(document.json, field.range.start, list).flatMap((item) =>
    isJsonObject(item.value)
      ? [
          {
            document: { json: sliceText(document.json, item.range), value: item.value, line: undefined },
            value: item.value,
          },
        ]
      : [],
  );
}

/** Returns the JSON text of a payload's member. */
function cutFromPayload(envelope: Envelope, ...names: readonly string[]): string | undefined {
  let json = cutMember(envelope, "payload");
  let value: unknown = envelope.value["payload"];
  for (const name of names) {
    if (json === undefined || !isJsonObject(value)) return undefined;
    const field = readFields(json, 0, value).get(name);
    if (field === undefined || field.value === null || field.value === "") return undefined;
    json = sliceText(json, field.range);
    value = field.value;
  }
  return json;
}

/** Splits a list of a payload into its elements. */
function cutList(
  envelope: Envelope,
  name: string,
): readonly { readonly json: string; readonly value: unknown }[] {
  const list = objectOf(envelope.value, "payload")?.[name];
  const json = cutFromPayload(envelope, name);
  if (json === undefined || !Array.isArray(list)) return [];
  return readItems(json, 0, list).map((item) => ({ json: sliceText(json, item.range), value: item.value }));
}

function takeCompaction(history: CodexHistory, envelope: Envelope): void {
  const at = { place: placeOf(envelope), time: timeOf(envelope.value) };
  const text = cutFromPayload(envelope, "message");
  const replacement = cutList(envelope, "replacement_history");
  const summary =
    text === undefined || replacement.length > 0
      ? undefined
      : `{"type":"message","role":"user","content":[{"type":"input_text","text":${text}}]}`;
  history.compact(
    summary === undefined ? replacement : [{ json: summary, value: JSON.parse(summary) as unknown }],
    at,
  );
}

function takeEvent(history: CodexHistory, payload: JsonObject): void {
  const turns = payload["num_turns"];
  if (payload["type"] === "thread_rolled_back" && typeof turns === "number") history.rollBack(turns);
  if (payload["type"] !== "token_count") return;
  const usage = objectOf(objectOf(payload, "info") ?? {}, "last_token_usage");
  if (usage !== undefined) history.reportUsage(usage);
}

function takeLine(history: CodexHistory, envelope: Envelope): void {
  const { value, document } = envelope;
  const payload = objectOf(value, "payload");
  const at = { place: placeOf(envelope), time: timeOf(value) };
  if (isBareItem(value)) history.add({ json: document.json, value }, at);
  if (payload === undefined) return;
  if (value["type"] === "response_item") {
    history.add({ json: cutMember(envelope, "payload") ?? "", value: payload }, at);
  } else if (value["type"] === "compacted") takeCompaction(history, envelope);
  else if (value["type"] === "event_msg") takeEvent(history, payload);
  else if (value["type"] === "token_usage_record") {
    const usage = objectOf(payload, "usage");
    if (usage !== undefined) history.reportUsage(usage);
  }
}

/** Returns the name of a sub-agent whose own file this is. */
function findSidechain(meta: JsonObject): string | undefined {
  const source = objectOf(meta, "source");
  if (source?.["subagent"] === undefined) return undefined;
  return textOf(meta, "agent_nickname") ?? textOf(meta, "id");
}

/** Returns the name that the user gave the session last. */
function findThreadName(envelopes: readonly Envelope[]): string | undefined {
  const names = envelopes.flatMap(({ value }) => {
    const payload = objectOf(value, "payload");
    return payload?.["type"] === "thread_name_updated" ? (textOf(payload, "thread_name") ?? []) : [];
  });
  return names.at(-1);
}

function read({ documents, faultyLines }: SessionInput): readonly RawSession[] {
  const listed = listEnvelopes(documents);
  const [only] = listed;
  const isObject = only !== undefined && isOldObject(only.value);
  const envelopes = isObject ? unfoldObject(only) : listed;
  const history = new CodexHistory();
  for (const envelope of envelopes) takeLine(history, envelope);
  const { sources, compactions, rolledBack } = history;
  if (sources.length === 0) {
    throw new LoadlineError(
      "unknown-format",
      `input: got a rollout of Codex without messages (${countOf(envelopes.length, "line")}); choose another session`,
    );
  }
  const head = envelopes.find(({ value }) => value["type"] === "session_meta");
  const contexts = envelopes.filter(({ value }) => value["type"] === "turn_context");
  const old = isObject ? (objectOf(only.value, "session") ?? {}) : (only?.value ?? {});
  const meta = objectOf(head?.value ?? {}, "payload") ?? old;
  const lastContext = objectOf(contexts.at(-1)?.value ?? {}, "payload") ?? {};
  const instructions =
    head === undefined
      ? undefined
      : (cutFromPayload(head, "base_instructions", "text") ?? cutFromPayload(head, "instructions"));
  return [
    {
      format: "openai-responses",
      frame: { system: instructions, tools: undefined },
      model: textOf(lastContext, "model"),
      converted: undefined,
      sources,
      facts: {
        agent: "codex",
        id: textOf(meta, "id"),
        title: findThreadName(envelopes) ?? findFirstRequest(sources),
        folder: textOf(meta, "cwd") ?? textOf(lastContext, "cwd"),
        time: newestTime([...sources.map((source) => source.time), timeOf(meta)]),
        sidechain: findSidechain(meta),
        compactions,
        notes: [
          ...noteFaultyLines(faultyLines, documents.at(-1)?.line ?? 0),
          ...(rolledBack === 0 ? [] : [`left out: ${countOf(rolledBack, "item")} that the user took back`]),
        ],
      },
    },
  ];
}

/** Recognises Codex's rollouts: `~/.codex/sessions/YEAR/MONTH/DAY/rollout-….jsonl`, and their older forms. */
export const codex: SessionRecogniser = {
  agent: "codex",
  title: "Codex",
  signs: "lines of type session_meta, response_item, event_msg, turn_context or compacted with a payload",
  recognises,
  read,
};
