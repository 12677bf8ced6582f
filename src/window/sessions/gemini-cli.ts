import { LoadlineError } from "../../shared/errors.ts";
import { isJsonObject, isSize } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import type { SessionFacts } from "../conversation/message/session-facts.ts";
import { readItems, sliceText } from "../conversation/json/fields.ts";
import { listEnvelopes, newestTime, objectOf, readEnvelope, textOf, timeOf } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { convertGeminiRecord } from "./gemini-cli-record.ts";
import { countOf, noteFaultyLines } from "./notes.ts";
import type { RawSession, SessionInput, SessionRecogniser, SessionSource } from "./session.ts";

const noFacts: SessionFacts = {
  agent: "gemini-cli",
  id: undefined,
  title: undefined,
  folder: undefined,
  time: undefined,
  sidechain: undefined,
  compactions: [],
  notes: [],
};

const recordTypes = new Set(["user", "gemini", "info", "error", "warning"]);

function isHead(value: JsonObject): boolean {
  return typeof value["sessionId"] === "string" && typeof value["projectHash"] === "string";
}

function isRecord(value: unknown): value is JsonObject {
  if (!isJsonObject(value) || typeof value["id"] !== "string") return false;
  return typeof value["type"] === "string" && recordTypes.has(value["type"]) && "content" in value;
}

/** Returns true for what `/chat save` writes: Gemini's own contents as `history`. */
function isCheckpoint(value: JsonObject): boolean {
  const { history } = value;
  return (
    Array.isArray(history) &&
    history.length > 0 &&
    history.every((content) => isJsonObject(content) && Array.isArray(content["parts"]))
  );
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const values = listEnvelopes(documents).map(({ value }) => value);
  return values.some(isHead) || (values.length === 1 && values.every(isCheckpoint));
}

/** Reads a checkpoint: its contents stay as they are. */
function readCheckpoint(envelope: Envelope): RawSession {
  const list = envelope.value["history"];
  const start = readEnvelope(envelope).get("history")?.range.start ?? 0;
  const items = readItems(envelope.document.json, start, Array.isArray(list) ? list : []);
  const sources = items.map((item, index) => ({
    json: sliceText(envelope.document.json, item.range),
    value: item.value,
    place: `message ${index}`,
    time: undefined,
    usage: undefined,
  }));
  const facts = { ...noFacts, title: findFirstRequest(sources) };
  const frame = { system: undefined, tools: undefined };
  return { format: "gemini", frame, model: undefined, converted: undefined, sources, facts };
}

/** A chat as its file states it: the facts of the session, and the records by id in order. */
interface Chat {
  readonly head: JsonObject;
  readonly records: readonly JsonObject[];
  readonly rewound: number;
}

/** Reads a chat: one object, or lines of facts, records, changes (`$set`) and steps back (`$rewindTo`). */
function readChat(values: readonly JsonObject[]): Chat {
  const facts = new Map<string, unknown>();
  const addFacts = (value: JsonObject): void => {
    for (const [name, fact] of Object.entries(value)) facts.set(name, fact);
  };
  let rewound = 0;
  const records = new Map<string, JsonObject>();
  const addAll = (list: unknown): void => {
    for (const record of Array.isArray(list) ? list : [])
      if (isRecord(record)) records.set(String(record["id"]), record);
  };
  for (const value of values) {
    const change = objectOf(value, "$set");
    const target = value["$rewindTo"];
    if (typeof target === "string") {
      const ids = [...records.keys()];
      const from = Math.max(0, ids.indexOf(target));
      for (const id of ids.slice(from)) records.delete(id);
      rewound += ids.length - from;
    } else if (isRecord(value)) records.set(String(value["id"]), value);
    else if (change !== undefined) {
      if (Array.isArray(change["messages"])) records.clear();
      addAll(change["messages"]);
      addFacts(change);
    } else if (isHead(value)) {
      addFacts(value);
      addAll(value["messages"]);
    }
  }
  return { head: Object.fromEntries(facts), records: [...records.values()], rewound };
}

/** Returns the usage of an answer. `input` includes cached tokens; thoughts are billed as output. */
function usageOf(record: JsonObject): ReportedUsage | undefined {
  const tokens = objectOf(record, "tokens");
  if (tokens === undefined) return undefined;
  const count = (name: string): number | undefined => {
    const value = tokens[name];
    return isSize(value) ? value : undefined;
  };
  const output = count("output");
  return {
    inputTokens: count("input"),
    outputTokens: output === undefined ? undefined : output + (count("thoughts") ?? 0),
    cachedInputTokens: count("cached"),
  };
}

/** Returns the ids of the calls whose results are records of their own, as newer releases write them. */
function listAnswered(records: readonly JsonObject[]): ReadonlySet<unknown> {
  const parts = records.flatMap(({ type, content }) =>
    type === "user" && Array.isArray(content) ? content : [],
  );
  return new Set(
    parts.flatMap((part) => (isJsonObject(part) ? (objectOf(part, "functionResponse")?.["id"] ?? []) : [])),
  );
}

function convertRecords(records: readonly JsonObject[]): readonly SessionSource[] {
  const answered = listAnswered(records);
  return records.flatMap((record, index) =>
    convertGeminiRecord(record, answered).map((content) => ({
      json: JSON.stringify(content),
      value: content,
      place: `message ${index}`,
      time: timeOf(record),
      usage: content.role === "model" ? usageOf(record) : undefined,
    })),
  );
}

function read({ documents, faultyLines }: SessionInput): readonly RawSession[] {
  const envelopes = listEnvelopes(documents);
  const [only] = envelopes;
  if (only !== undefined && isCheckpoint(only.value)) return [readCheckpoint(only)];
  const { head, records, rewound } = readChat(envelopes.map(({ value }) => value));
  const sources = convertRecords(records);
  if (sources.length === 0) {
    throw new LoadlineError(
      "unknown-format",
      `input: got a chat of Gemini CLI without messages (${countOf(records.length, "record")}); choose another session`,
    );
  }
  const folders = head["directories"];
  return [
    {
      format: "gemini",
      frame: { system: undefined, tools: undefined },
      model: records.map((record) => textOf(record, "model")).findLast((model) => model !== undefined),
      converted: "gemini-cli",
      sources,
      facts: {
        ...noFacts,
        id: textOf(head, "sessionId"),
        title: textOf(head, "summary") ?? findFirstRequest(sources),
        folder: Array.isArray(folders) && typeof folders[0] === "string" ? folders[0] : undefined,
        time: newestTime([...sources.map((source) => source.time), timeOf(head, "lastUpdated")]),
        sidechain: head["kind"] === "subagent" ? textOf(head, "sessionId") : undefined,
        notes: [
          ...noteFaultyLines(faultyLines, documents.at(-1)?.line ?? 0),
          ...(rewound === 0 ? [] : [`left out: ${countOf(rewound, "record")} that the user took back`]),
        ],
      },
    },
  ];
}

/** Recognises Gemini CLI's chats: `~/.gemini/tmp/PROJECT/chats/session-….json` and `….jsonl`. */
export const geminiCli: SessionRecogniser = {
  agent: "gemini-cli",
  title: "Gemini CLI",
  signs:
    "an object, or a first line, with sessionId and projectHash; or an object with a history of contents",
  recognises,
  read,
};
