import { LoadlineError } from "../../shared/errors.ts";
import { isJsonObject, isSize } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { readItems, sliceText } from "../conversation/json/fields.ts";
import type { JsonDocument } from "../conversation/json/json-documents.ts";
import type { ReportedUsage } from "../conversation/message/message.ts";
import { cutMembers } from "./cut-members.ts";
import { listEnvelopes, newestTime, objectOf, readEnvelope, textOf, timeOf } from "./envelope.ts";
import type { Envelope } from "./envelope.ts";
import { findFirstRequest } from "./first-request.ts";
import { convertClineMessage } from "./cline-blocks.ts";
import { countOf } from "./notes.ts";
import type { RawSession, SessionInput, SessionRecogniser, SessionSource } from "./session.ts";

/** Members that Cline and Roo Code keep in a message and remove before they send it. */
const bookkeeping: ReadonlySet<string> = new Set([
  "ts",
  "id",
  "agent",
  "sessionId",
  "metadata",
  "modelInfo",
  "metrics",
  "conversationHistoryIndex",
  "isSummary",
  "condenseId",
  "condenseParent",
  "truncationId",
  "truncationParent",
  "isTruncationMarker",
]);

const signs = ["modelInfo", "condenseId", "condenseParent", "truncationId", "truncationParent", "isSummary"];

function isTaskMessage(value: unknown): value is JsonObject {
  return isJsonObject(value) && (value["role"] === "user" || value["role"] === "assistant");
}

/** Returns true for a message with a sign that only Cline and Roo Code write next to Anthropic's content. */
function isMarked(value: unknown): boolean {
  if (!isTaskMessage(value) || value["type"] === "message" || value["content"] === undefined) return false;
  const { ts } = value;
  const isTime = typeof ts === "number" && ts > 1e12 && !("timestamp" in value);
  return isTime || signs.some((name) => name in value);
}

/** Returns true for the object in which Cline's command line keeps a session. */
function isSessionObject(value: JsonObject): boolean {
  return (
    Array.isArray(value["messages"]) &&
    isJsonObject(value["origin"]) &&
    typeof value["sessionId"] === "string"
  );
}

function recognises(documents: readonly JsonDocument[]): boolean {
  const values = listEnvelopes(documents).map(({ value }) => value);
  const [first] = values;
  if (first === undefined || values.length < documents.length) return false;
  if (values.length === 1 && isSessionObject(first)) return true;
  return (
    values.some(isMarked) && values.every((value) => isTaskMessage(value) || value["type"] === "reasoning")
  );
}

function readUsageOf(value: JsonObject): ReportedUsage | undefined {
  const metrics = objectOf(value, "metrics");
  if (metrics === undefined) return undefined;
  const tokens = objectOf(metrics, "tokens") ?? {};
  const count = (...found: readonly unknown[]): number | undefined => found.find(isSize);
  const input = count(metrics["inputTokens"], tokens["prompt"]);
  const cached = count(metrics["cacheReadTokens"], tokens["cached"]);
  const written = count(metrics["cacheWriteTokens"]) ?? 0;
  // Some providers count cached tokens within the input, others in addition to it: the whole is never less than a part.
  const isBeside = input !== undefined && cached !== undefined && cached > input;
  return {
    inputTokens: isBeside ? input + cached + written : input,
    outputTokens: count(metrics["outputTokens"], tokens["completion"]),
    cachedInputTokens: cached,
  };
}

/** Returns the messages of a file: the lines themselves, or the list of a session object. */
function listMessages(envelopes: readonly Envelope[]): readonly Envelope[] {
  const [only] = envelopes;
  if (only === undefined || !isSessionObject(only.value)) return envelopes;
  const list = only.value["messages"];
  const start = readEnvelope(only).get("messages")?.range.start ?? 0;
  return readItems(only.document.json, start, Array.isArray(list) ? list : []).flatMap((item) =>
    isJsonObject(item.value)
      ? [
          {
            document: { json: sliceText(only.document.json, item.range), value: item.value, line: undefined },
            value: item.value,
          },
        ]
      : [],
  );
}

function makeSource(
  { document, value }: Envelope,
  index: number,
): SessionSource & { readonly isConverted: boolean } {
  const cut = cutMembers(document.json, value, bookkeeping);
  const converted = convertClineMessage(value);
  const json = converted ?? cut;
  return {
    json,
    value: JSON.parse(json) as unknown,
    place: `message ${index}`,
    time: timeOf(value, "ts"),
    usage: readUsageOf(value),
    isConverted: converted !== undefined,
  };
}

function findModel(messages: readonly Envelope[]): string | undefined {
  const infos = messages.flatMap(({ value }) => {
    const info = objectOf(value, "modelInfo");
    return info === undefined ? [] : [info];
  });
  return infos
    .map((info) => textOf(info, "modelId") ?? textOf(info, "id"))
    .findLast((model) => model !== undefined);
}

/** How the environment of the first request names the project's folder, in Cline and in Roo Code. */
const folderLine = /# Current (?:Working|Workspace) Directory \(([^)\n]{1,4096})\)/u;

function findFolder([first]: readonly SessionSource[]): string | undefined {
  const content = isJsonObject(first?.value) ? first.value["content"] : undefined;
  const texts = Array.isArray(content)
    ? content.map((block) => (isJsonObject(block) ? textOf(block, "text") : undefined))
    : [];
  return texts.map((text) => folderLine.exec(text ?? "")?.[1]).find((folder) => folder !== undefined);
}

function read({ documents }: SessionInput): readonly RawSession[] {
  const envelopes = listEnvelopes(documents);
  const [only] = envelopes;
  const session = only !== undefined && isSessionObject(only.value) ? only : undefined;
  const messages = listMessages(envelopes);
  const kept = messages.filter(({ value }) => isTaskMessage(value) && value["type"] !== "reasoning");
  const sources = kept.map(makeSource);
  const dropped = messages.length - kept.length;
  const prompt = session === undefined ? undefined : readEnvelope(session).get("system_prompt");
  const system =
    session === undefined || prompt === undefined
      ? undefined
      : sliceText(session.document.json, prompt.range);
  return [
    {
      format: "anthropic",
      frame: { system, tools: undefined },
      model: findModel(messages),
      converted: sources.some((source) => source.isConverted) ? "cline" : undefined,
      sources,
      facts: {
        agent: "cline",
        id: session === undefined ? undefined : textOf(session.value, "sessionId"),
        title: findFirstRequest(sources),
        folder: findFolder(sources),
        time: newestTime(sources.map((source) => source.time)),
        sidechain: session?.value["agent"] === "subagent" ? textOf(session.value, "sessionId") : undefined,
        compactions: kept.flatMap(({ value }, index) => (value["isSummary"] === true ? [index] : [])),
        notes:
          dropped === 0
            ? []
            : [`left out: ${countOf(dropped, "reasoning item")} of another provider's format`],
      },
    },
  ];
}

/** Recognises tasks of Cline and Roo Code: `tasks/ID/api_conversation_history.json`, and sessions of Cline's command line. */
export const cline: SessionRecogniser = {
  agent: "cline",
  title: "Cline or Roo Code",
  signs:
    "Anthropic's messages with ts, modelInfo or condenseId, or an object with messages, sessionId and origin",
  recognises,
  read,
};

/** Refuses the file of what Cline and Roo Code show: it repeats the messages in another form, and leaves parts out. */
export const clineDisplay: SessionRecogniser = {
  agent: "cline",
  title: "what Cline or Roo Code shows",
  signs: "a list of objects with ts, and type say or ask",
  recognises: (documents) => {
    const values = listEnvelopes(documents).map(({ value }) => value);
    return (
      values.length > 0 &&
      values.every(
        (value) => typeof value["ts"] === "number" && (value["type"] === "say" || value["type"] === "ask"),
      )
    );
  },
  read: () => {
    throw new LoadlineError(
      "unknown-format",
      "input: got ui_messages.json, which is what Cline or Roo Code shows; read api_conversation_history.json of the same folder, or name the folder",
    );
  },
};
