import { readString } from "../json/fields.ts";
import type { Fields } from "../json/fields.ts";
import { makePart } from "../message/make-part.ts";
import type { Message, Part } from "../message/message.ts";
import { makeMessage, readMessageFields, readRole, refuseMessage, parseSource } from "./message-source.ts";
import type { MessageSource, PreviousMessage } from "./message-source.ts";
import { readChatParts, readChatResult, chatRoles } from "./openai-chat.ts";
import { readOtherFields } from "./other-fields.ts";

const knownFields = new Set([
  "role",
  "content",
  "name",
  "tool_calls",
  "tool_call_id",
  "tool_call_ids",
  "function_call",
  "refusal",
  "audio",
  "reasoning_content",
  "reasoning",
  "reasoning_details",
  "thinking_blocks",
  "agent",
  "thought",
  "action",
  "message_type",
  "tags",
  "is_demo",
  "observation",
  "response",
  "state",
  "execution_time",
  "query",
  "messages",
  "extra_info",
]);

/** Returns the program that a command line starts with: the closest equivalent of a tool's name. */
function readCommandName(action: string): string | undefined {
  return /^\s*([\w./-]+)/.exec(action)?.[1];
}

function makeActionPart(action: string): Part {
  return makePart("tool-call", { text: action, toolName: readCommandName(action), arguments: action });
}

/**
 * Reads an assistant message without tool calls. It holds its command inside its content, once more as `action`, and the words
 * around it as `thought`. They are read separately, so neither has a range in the content that could be edited alone.
 */
function readAssistantParts(source: MessageSource, fields: Fields): readonly Part[] {
  const action = readString(fields, "action");
  const parts = readChatParts(source, fields);
  if (action === undefined) return parts;
  // The calls repeat the command, so a call that is cut would come back as an action.
  if (parts.some((part) => part.kind === "tool-call"))
    return parts.map((part) => (part.kind === "tool-call" ? { ...part, cut: undefined } : part));
  const thought = readString(fields, "thought");
  const content = readString(fields, "content");
  const isSplit = thought !== undefined && (content === undefined || content.includes(action.trim()));
  if (!isSplit) return [...parts, makeActionPart(action)];
  const reasoning = parts.filter((part) => part.kind === "reasoning");
  return [...reasoning, makePart("text", { text: thought }), makeActionPart(action)];
}

function readCallIds(source: MessageSource, fields: Fields): readonly string[] {
  const list = fields.get("tool_call_ids")?.value;
  if (list === undefined || list === null) {
    const single = readString(fields, "tool_call_id");
    return single === undefined ? [] : [single];
  }
  if (!Array.isArray(list) || !list.every((id): id is string => typeof id === "string"))
    refuseMessage(source.place, "tool_call_ids", list, "a list of strings");
  return list;
}

/**
 * Reads an observation, which may answer several calls: the first part has its content, the others only state their call's id.
 */
function readObservation(source: MessageSource, fields: Fields): readonly Part[] {
  const [first, ...others] = readCallIds(source, fields);
  return [
    ...readChatResult(source, fields, first),
    ...others.map((callId) => makePart("tool-result", { callId })),
  ];
}

/**
 * Returns true for a user message that is an observation. Later releases mark every user message as one, even the task, so the previous
 * message decides.
 */
function isObservation(source: MessageSource, fields: Fields): boolean {
  if (Array.isArray(fields.get("tool_call_ids")?.value)) return true;
  const { previous } = source;
  return previous?.role === "assistant" && previous.parts.some((part) => part.kind === "tool-call");
}

/** Reads a step of a `trajectory`: the model's answer, the command in it, and what came back, all in one object. */
function readStep(source: MessageSource, fields: Fields): Message {
  const parts: Part[] = [];
  const thought = readString(fields, "thought") ?? readString(fields, "response");
  if (thought !== undefined) parts.push(makePart("text", { text: thought }));
  const action = readString(fields, "action");
  if (action !== undefined) parts.push(makeActionPart(action));
  const observation = fields.get("observation");
  if (observation !== undefined && typeof observation.value === "string")
    parts.push(makePart("tool-result", { text: observation.value, body: observation.range }));
  return makeMessage(source, fields, { format: "swe-agent", role: "assistant", parts });
}

/**
 * Reads one message of a SWE-agent history from its JSON text. A user message after an action is the action's observation (role
 * `tool`), so the previous message is needed if the file does not mark it.
 * Errors: `invalid-json`, `invalid-message`.
 */
export function readSweAgentSource(source: MessageSource): Message {
  const fields = readMessageFields(source);
  if (!fields.has("role") && fields.has("action") && fields.has("observation"))
    return readStep(source, fields);
  const role = readRole(source, fields, chatRoles);
  const others = readOtherFields(source, fields, knownFields);
  if (role === "assistant")
    return makeMessage(source, fields, {
      format: "swe-agent",
      role,
      parts: [...readAssistantParts(source, fields), ...others],
    });
  if (role === "tool" || (role === "user" && isObservation(source, fields)))
    return makeMessage(source, fields, {
      format: "swe-agent",
      role: "tool",
      parts: [...readObservation(source, fields), ...others],
    });
  return makeMessage(source, fields, {
    format: "swe-agent",
    role,
    parts: [...readChatParts(source, fields), ...others],
  });
}

/**
 * Reads one message of a SWE-agent history from its JSON text. A user message after an action is the action's observation
 * (role `tool`), so the message before it is needed where the file does not mark it. Errors: `invalid-json`, `invalid-message`.
 */
export function readSweAgent(json: string, previous?: PreviousMessage): Message {
  return readSweAgentSource(parseSource(json, previous));
}
