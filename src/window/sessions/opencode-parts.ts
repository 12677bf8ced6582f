import { isJsonObject } from "../../shared/json/json-object.ts";
import type { JsonObject } from "../../shared/json/json-object.ts";
import { objectOf, textOf } from "./envelope.ts";

/** A message of the AI SDK: the form in which opencode sends its parts. */
export interface ModelMessage {
  readonly role: "user" | "assistant" | "tool";
  readonly content: readonly JsonObject[];
}

/** What a call that never ended returns, as opencode itself sends it. */
const interrupted = "[Tool execution was interrupted]";

function convertUserPart(part: JsonObject): readonly JsonObject[] {
  const text = textOf(part, "text");
  if (part["type"] === "text")
    return text === undefined || part["ignored"] === true ? [] : [{ type: "text", text }];
  if (part["type"] === "file") return convertFile(part);
  return [];
}

/** Converts a file part. Texts and folders are sent as text parts of their own, so their file parts are not sent. */
function convertFile(part: JsonObject): readonly JsonObject[] {
  const mediaType = textOf(part, "mime") ?? "application/octet-stream";
  if (mediaType === "text/plain" || mediaType === "application/x-directory") return [];
  const data = textOf(part, "url");
  if (data === undefined) return [];
  const filename = textOf(part, "filename");
  return [{ type: "file", mediaType, data, ...(filename === undefined ? {} : { filename }) }];
}

function makeCall(part: JsonObject): JsonObject {
  const { callID, tool } = part;
  return {
    type: "tool-call",
    toolCallId: callID,
    toolName: tool,
    input: objectOf(part, "state")?.["input"] ?? {},
  };
}

function makeResult(part: JsonObject): JsonObject {
  const state = objectOf(part, "state") ?? {};
  const { output, error } = state;
  const value = typeof output === "string" ? output : typeof error === "string" ? error : interrupted;
  const type = state["status"] === "completed" ? "text" : "error-text";
  return { type: "tool-result", toolCallId: part["callID"], toolName: part["tool"], output: { type, value } };
}

/** Returns the pictures that tools returned: they follow as a message of the user, since chat formats allow none in a result. */
function listAttachments(calls: readonly JsonObject[]): readonly JsonObject[] {
  return calls.flatMap((call) => {
    const attachments = objectOf(call, "state")?.["attachments"];
    return Array.isArray(attachments) ? attachments.filter(isJsonObject).flatMap(convertFile) : [];
  });
}

/** Returns the messages of one step: the answer, the results of its calls, and the pictures among them. */
function endStep(content: readonly JsonObject[], calls: readonly JsonObject[]): readonly ModelMessage[] {
  const messages: ModelMessage[] = [];
  if (content.length > 0) messages.push({ role: "assistant", content });
  if (calls.length > 0) messages.push({ role: "tool", content: calls.map(makeResult) });
  const pictures = listAttachments(calls);
  if (pictures.length > 0) messages.push({ role: "user", content: pictures });
  return messages;
}

function isOpen(call: JsonObject): boolean {
  const status = objectOf(call, "state")?.["status"];
  return status === "pending" || status === "running";
}

/** Splits an answer into its steps. Without marks of steps, what follows a finished call was written after its result. */
function convertAnswer(parts: readonly JsonObject[]): readonly ModelMessage[] {
  const isMarked = parts.some((part) => part["type"] === "step-start");
  const messages: ModelMessage[] = [];
  let content: JsonObject[] = [];
  let calls: JsonObject[] = [];
  const end = (): void => {
    messages.push(...endStep(content, calls));
    content = [];
    calls = [];
  };
  for (const part of parts) {
    const text = textOf(part, "text");
    const isText = (part["type"] === "text" || part["type"] === "reasoning") && text !== undefined;
    if (part["type"] === "step-start") end();
    else if (part["type"] === "tool") {
      content.push(makeCall(part));
      calls.push(part);
    } else if (isText) {
      if (!isMarked && calls.length > 0 && !calls.some(isOpen)) end();
      content.push({ type: part["type"], text });
    }
  }
  end();
  return messages;
}

/**
 * Converts the parts of one message of opencode to messages of the AI SDK, as opencode does before it sends them. Marks of steps,
 * snapshots, patches and retries are bookkeeping.
 */
export function convertParts(
  role: "user" | "assistant",
  parts: readonly JsonObject[],
): readonly ModelMessage[] {
  if (role === "assistant") return convertAnswer(parts);
  const content = parts.flatMap(convertUserPart);
  return content.length === 0 ? [] : [{ role, content }];
}
