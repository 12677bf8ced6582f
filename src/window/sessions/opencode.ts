import { isJsonObject, isSize } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import { LoadlineError } from "../../shared/errors.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import { listEnvelopes, newestTime, objectOf, textOf, timeOf } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { countOf } from "./notes.ts";
import { convertParts } from "./opencode-parts.ts";
import type { RawSession, SessionInput, SessionRecogniser, SessionSource } from "./session.ts";

function isStoredMessage(value: unknown): boolean {
  if (!isJsonObject(value) || !Array.isArray(value["parts"])) return false;
  const role = objectOf(value, "info")?.["role"];
  return role === "user" || role === "assistant";
}

/** Returns true for what `opencode export` prints: the session's facts and its messages with their parts. */
function isExport(value: JsonObject): boolean {
  const list = value["messages"];
  return (
    isJsonObject(value["info"]) &&
    Array.isArray(list) &&
    list.every(isStoredMessage) &&
    (list.length > 0 || textOf(value["info"], "id") !== undefined)
  );
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const values = listEnvelopes(documents).map(({ value }) => value);
  if (values.length === 0 || values.length < documents.length) return false;
  return values.every(isExport) || values.every(isStoredMessage);
}

/** Returns the usage of an answer. Cached tokens are counted in addition to the input. */
function usageOf(info: JsonObject): ReportedUsage | undefined {
  const tokens = objectOf(info, "tokens");
  if (tokens === undefined) return undefined;
  const cache = objectOf(tokens, "cache") ?? {};
  const count = (holder: JsonObject, name: string): number | undefined => {
    const value = holder[name];
    return isSize(value) ? value : undefined;
  };
  const input = count(tokens, "input");
  const read = count(cache, "read");
  return {
    inputTokens: input === undefined ? undefined : input + (read ?? 0) + (count(cache, "write") ?? 0),
    outputTokens: count(tokens, "output"),
    cachedInputTokens: read,
  };
}

/** The messages of a session, and where compactions were. */
interface Converted {
  readonly sources: readonly SessionSource[];
  readonly compactions: readonly number[];
}

function convertMessages(messages: readonly JsonObject[]): Converted {
  const sources: SessionSource[] = [];
  const compactions: number[] = [];
  for (const [index, message] of messages.entries()) {
    const info = objectOf(message, "info") ?? {};
    const parts = Array.isArray(message["parts"]) ? message["parts"].filter(isJsonObject) : [];
    if (parts.some((part) => part["type"] === "compaction")) compactions.push(sources.length);
    const time = timeOf(objectOf(info, "time") ?? {}, "created");
    const converted = convertParts(info["role"] === "user" ? "user" : "assistant", parts);
    const lastAnswer = converted.findLastIndex(({ role }) => role === "assistant");
    for (const [at, value] of converted.entries()) {
      const usage = at === lastAnswer ? usageOf(info) : undefined;
      sources.push({ json: JSON.stringify(value), value, place: `message ${index}`, time, usage });
    }
  }
  return { sources, compactions: compactions.filter((at) => at < sources.length) };
}

/** Returns the messages that are left after the user took the last ones back. */
function applyRevert(messages: readonly JsonObject[], info: JsonObject): readonly JsonObject[] {
  const from = textOf(objectOf(info, "revert") ?? {}, "messageID");
  const index =
    from === undefined ? -1 : messages.findIndex((message) => objectOf(message, "info")?.["id"] === from);
  return index === -1 ? messages : messages.slice(0, index);
}

function findModel(messages: readonly JsonObject[]): string | undefined {
  return messages
    .map((message) => objectOf(message, "info") ?? {})
    .map((info) => textOf(info, "modelID") ?? textOf(objectOf(info, "model") ?? {}, "modelID"))
    .findLast((model) => model !== undefined);
}

function readSession(info: JsonObject, all: readonly JsonObject[]): RawSession {
  const messages = applyRevert(all, info);
  const { sources, compactions } = convertMessages(messages);
  if (sources.length === 0)
    throw new LoadlineError(
      "unknown-format",
      "input: got a session of opencode without messages; choose another session",
    );
  const taken = all.length - messages.length;
  return {
    format: "ai-sdk",
    frame: { system: undefined, tools: undefined },
    model: findModel(messages),
    converted: "opencode",
    sources,
    facts: {
      agent: "opencode",
      id: textOf(info, "id"),
      title: textOf(info, "title") ?? findFirstRequest(sources),
      folder: textOf(info, "directory"),
      time: newestTime([
        ...sources.map((source) => source.time),
        timeOf(objectOf(info, "time") ?? {}, "updated"),
      ]),
      sidechain: textOf(info, "parentID") === undefined ? undefined : textOf(info, "id"),
      compactions,
      notes: taken === 0 ? [] : [`left out: ${countOf(taken, "message")} that the user took back`],
    },
  };
}

function read({ documents }: SessionInput): readonly RawSession[] {
  const values = listEnvelopes(documents).map(({ value }) => value);
  if (values.every(isStoredMessage)) return [readSession({}, values)];
  return values.map((value) => {
    const list = Array.isArray(value["messages"]) ? value["messages"].filter(isJsonObject) : [];
    return readSession(objectOf(value, "info") ?? {}, list);
  });
}

/** Recognises what `opencode export` prints. Sessions in opencode's storage are put into this form first. */
export const opencode: SessionRecogniser = {
  agent: "opencode",
  title: "opencode",
  signs: "an object with info and messages, each with info and parts",
  recognises,
  read,
};
