import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { holdsOnly, listDumpObjects } from "../dumps/find-objects.ts";
import type { DumpObject } from "../dumps/find-objects.ts";
import { noFrame } from "../dumps/raw-conversation.ts";
import type { RawConversation, RawSource } from "../dumps/raw-conversation.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import { findMember, nodeOf, readElements, readText, writeObject } from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";
import { findListKey, hasFormatSign } from "./detect-format.ts";
import { findAnswer, findLoggedAnswer, listBodies } from "./find-answer.ts";
import type { FoundAnswer } from "./find-answer.ts";

/** Fields in which logs keep a request, and those in which they keep its response. */
const requestKeys = [
  "request",
  "req",
  "requestBody",
  "request_body",
  "body",
  "params",
  "input",
  "inputs",
  "kwargs",
  "prompt",
];
const answerKeys = [
  "response",
  "res",
  "responseBody",
  "response_body",
  "body",
  "output",
  "outputs",
  "result",
  "completion",
];

/** Reads a request's object or list of messages, which starts its own text. */
export type RequestReader = (node: JsonNode, line: number | undefined) => RawConversation;

function isMessageList(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false;
  return (value as readonly unknown[]).every(
    (item) => isJsonObject(item) && (typeof item["role"] === "string" || hasFormatSign(item)),
  );
}

function isRequest(value: unknown): boolean {
  return isJsonObject(value) && Array.isArray(value[findListKey(value) ?? ""]);
}

function findRequest(entry: JsonNode): JsonNode | undefined {
  for (const key of requestKeys) {
    const member = findMember(entry, key);
    const found = listBodies(member).find(({ value }) => isRequest(value) || isMessageList(value));
    if (found !== undefined) return found;
  }
  return undefined;
}

function findAnswerOf(entry: JsonNode): FoundAnswer | undefined {
  for (const key of answerKeys) {
    const found = findLoggedAnswer(findMember(entry, key));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Makes the assistant's message of an answer that is logged as a text alone. */
function findTextAnswer(entry: JsonNode): FoundAnswer | undefined {
  for (const key of answerKeys) {
    const content = findMember(entry, key);
    const text = readText(content)?.trim();
    if (text === undefined || text === "" || /^[[{]/.test(text)) continue;
    return { messages: [writeObject({ role: "assistant", content })], format: undefined, model: undefined };
  }
  return undefined;
}

/** One call of a log: its request, its answer, or both. */
interface LoggedCall {
  /** The model that the log states next to them. */
  readonly model: string | undefined;
  readonly request: JsonNode | undefined;
  readonly answer: FoundAnswer | undefined;
}

function readCall(entry: JsonNode): LoggedCall | undefined {
  const { value } = entry;
  if (!isJsonObject(value) || typeof value["role"] === "string" || hasFormatSign(value)) {
    const answer = isJsonObject(value) && value["type"] === "message" ? findAnswer(entry) : undefined;
    return answer === undefined ? undefined : { model: undefined, request: undefined, answer };
  }
  const answer = findAnswer(entry) ?? findAnswerOf(entry);
  const model = readText(findMember(entry, "model"));
  const inner = findRequest(entry);
  if (!isRequest(value)) {
    if (inner !== undefined) return { model, request: inner, answer: answer ?? findTextAnswer(entry) };
    return answer === undefined ? undefined : { model, request: undefined, answer };
  }
  // An object that holds its messages itself is a log only next to its answer.
  if (answer === undefined) return undefined;
  // Tracing tools call any request `input`; only next to items is it a request of OpenAI's responses.
  const isTrace = findListKey(value) === "input" && answer.format !== "openai-responses";
  return { model, request: isTrace ? inner : entry, answer };
}

/** Returns true for an object with a key of a log's call: the search is kept away from ordinary requests. */
function mayBeCall(value: JsonObject): boolean {
  return (
    [...requestKeys, ...answerKeys, "choices", "candidates"].some((key) => value[key] !== undefined) ||
    (value["type"] === "message" && value["role"] === "assistant") ||
    ("message" in value && "done" in value)
  );
}

/** Returns the entries of a browser's network log (HAR) that are calls of a model. */
function listHarEntries(documents: readonly JsonDocument[]): readonly DumpObject[] {
  const [only, ...others] = documents;
  if (only === undefined || others.length > 0 || !isJsonObject(only.value)) return [];
  if (!isJsonObject(only.value["log"])) return [];
  return readElements(findMember(nodeOf(only), "log", "entries"))
    .filter((node) => readCall(node) !== undefined)
    .map((node) => ({ node, line: undefined }));
}

function makeAnswerSources(answer: FoundAnswer | undefined, line: number | undefined): readonly RawSource[] {
  const prefix = line === undefined ? "" : `line ${line}, `;
  return (answer?.messages ?? []).map((node, index) => ({
    json: node.json,
    value: node.value,
    place: `${prefix}response, message ${index}`,
  }));
}

function readEntry(
  { model, request, answer }: LoggedCall,
  line: number | undefined,
  read: RequestReader,
): RawConversation {
  const asked =
    request === undefined
      ? { frame: noFrame, model: undefined, request: undefined, sources: [] }
      : read(request, line);
  return {
    ...asked,
    model: asked.model ?? answer?.model ?? model,
    sources: [...asked.sources, ...makeAnswerSources(answer, line)],
    ...(answer?.format === undefined ? {} : { format: answer.format }),
  };
}

/** Returns what a message says, without the marks of the cache that a client moves from call to call. */
function fingerprint(value: unknown): string {
  const content = isJsonObject(value) ? value["content"] : undefined;
  const same =
    typeof content === "string"
      ? { ...(value as JsonObject), content: [{ type: "text", text: content }] }
      : value;
  return JSON.stringify(same, (key, item: unknown) => (key === "cache_control" ? undefined : item));
}

/** A conversation of a log, with what each message that was sent says. */
interface Logged {
  readonly raw: RawConversation;
  readonly sent: readonly string[];
  readonly isAnswered: boolean;
}

/** Appends an answer that is logged apart to the request before it. */
function joinAnswer(asked: RawConversation, answer: RawConversation): RawConversation {
  return {
    ...asked,
    model: asked.model ?? answer.model,
    sources: [...asked.sources, ...answer.sources],
    ...(answer.format === undefined ? {} : { format: answer.format }),
  };
}

function continues(next: Logged, before: Logged): boolean {
  return (
    before.sent.length > 0 &&
    next.sent.length > before.sent.length &&
    before.sent.every((text, index) => text === next.sent[index])
  );
}

/**
 * Finds the conversations of a log of requests and responses, or of responses alone: objects, a list of them, or one per line. A
 * call whose messages the next call sends again is a part of it, so a conversation is read once, at its longest. Undefined if
 * the input is not such a log.
 */
export function findLogs(
  documents: readonly JsonDocument[],
  read: RequestReader,
): readonly RawConversation[] | undefined {
  const har = listHarEntries(documents);
  if (har.length === 0 && !holdsOnly(documents, mayBeCall)) return undefined;
  const entries = har.length > 0 ? har : listDumpObjects(documents);
  const found: Logged[] = [];
  for (const { node, line } of entries) {
    const call = readCall(node);
    if (call === undefined) return undefined;
    const raw = readEntry(call, line, read);
    const answered = call.answer?.messages.length ?? 0;
    const sent = raw.sources
      .slice(0, raw.sources.length - answered)
      .map((source) => fingerprint(source.value));
    const logged = { raw, sent, isAnswered: answered > 0 };
    const last = found.at(-1);
    // Some logs have the answer on a line of its own.
    if (last?.isAnswered === false && call.request === undefined)
      found[found.length - 1] = { ...last, raw: joinAnswer(last.raw, raw), isAnswered: true };
    else if (last !== undefined && continues(logged, last)) found[found.length - 1] = logged;
    else found.push(logged);
  }
  return found.map(({ raw }) => raw);
}
