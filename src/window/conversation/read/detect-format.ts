import type { Format } from "../message/message.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

/** Block types that only one format has. */
const blockSigns: readonly (readonly [Format, ReadonlySet<string>])[] = [
  ["openai-responses", new Set(["input_text", "output_text", "input_image", "input_file"])],
  [
    "ai-sdk",
    new Set(["tool-call", "tool-result", "tool-approval-request", "tool-approval-response", "reasoning"]),
  ],
  ["openai-chat", new Set(["image_url"])],
  [
    "anthropic",
    new Set([
      "tool_use",
      "tool_result",
      "thinking",
      "redacted_thinking",
      "server_tool_use",
      "mcp_tool_use",
      "document",
    ]),
  ],
];

const chatFields = ["tool_calls", "tool_call_id", "function_call", "reasoning_content", "refusal"] as const;

function detectBlockFormat(block: unknown): Format | undefined {
  if (!isJsonObject(block)) return undefined;
  const type = block["type"];
  if (typeof type !== "string") return undefined;
  const sign = blockSigns.find(([, types]) => types.has(type));
  if (sign !== undefined) return sign[0];
  if (type === "image") return isJsonObject(block["source"]) ? "anthropic" : "ai-sdk";
  if (type === "file") return isJsonObject(block["file"]) ? "openai-chat" : "ai-sdk";
  return type === "text" && block["cache_control"] !== undefined ? "anthropic" : undefined;
}

/** Members that only a part of Gemini's contents has. The parts of AI SDK UI messages have a type instead. */
const geminiMembers = [
  "text",
  "functionCall",
  "functionResponse",
  "inlineData",
  "fileData",
  "thoughtSignature",
];
const geminiSnakeMembers = ["function_call", "function_response", "inline_data", "file_data"];

/** Returns true for a content of Gemini's API: it has parts without types, and its model has the role `model`. */
function isGemini(value: JsonObject): boolean {
  const parts = value["parts"];
  if (!Array.isArray(parts)) return false;
  if (value["role"] === "model") return true;
  return parts.some(
    (part) =>
      isJsonObject(part) &&
      part["type"] === undefined &&
      [...geminiMembers, ...geminiSnakeMembers].some((name) => part[name] !== undefined),
  );
}

function isSweAgent(value: JsonObject): boolean {
  if (Array.isArray(value["tool_call_ids"])) return true;
  const isStep = value["role"] === undefined && typeof value["action"] === "string" && "observation" in value;
  const isMarked = typeof value["agent"] === "string" || typeof value["message_type"] === "string";
  return (
    isStep ||
    (typeof value["action"] === "string" && typeof value["thought"] === "string") ||
    (isMarked && "role" in value)
  );
}

/** Returns the only format that a message can have; undefined if it could have several (a role and a plain text). */
export function detectMessageFormat(value: unknown): Format | undefined {
  if (!isJsonObject(value)) return undefined;
  if (isSweAgent(value)) return "swe-agent";
  if (isGemini(value)) return "gemini";
  const { role, type, content } = value as { role?: unknown; type?: unknown; content?: unknown };
  // Anthropic's responses also have the type "message" and an id: their blocks distinguish them.
  if (isAnthropicReply(value)) return "anthropic";
  if (typeof type === "string" && (role === undefined || type === "message")) return "openai-responses";
  // "developer" is not a sign: both of OpenAI's APIs have it.
  if (role === "function") return "openai-chat";
  if (chatFields.some((name) => value[name] !== undefined && value[name] !== null)) return "openai-chat";
  if (role === "tool" && typeof content === "string") return "openai-chat";
  if (!Array.isArray(content)) return undefined;
  for (const block of content as readonly unknown[]) {
    const format = detectBlockFormat(block);
    if (format !== undefined) return format;
  }
  return undefined;
}

/** OpenAI's responses call a text `input_text` or `output_text`, so a plain `text` block is Anthropic's. */
function isAnthropicReply(value: JsonObject): boolean {
  const content = value["content"];
  if (value["type"] !== "message" || !Array.isArray(content)) return false;
  return content.some(
    (block) => isJsonObject(block) && (block["type"] === "text" || detectBlockFormat(block) === "anthropic"),
  );
}

/**
 * Returns each format that some message can only have, with the index of the first such message. `swe-agent` includes `openai-
 * chat`.
 */
export function collectFormatVotes(messages: readonly unknown[]): ReadonlyMap<Format, number> {
  const votes = new Map<Format, number>();
  for (const [index, message] of messages.entries()) {
    const format = detectMessageFormat(message);
    if (format !== undefined && !votes.has(format)) votes.set(format, index);
  }
  if (votes.has("swe-agent")) votes.delete("openai-chat");
  return votes;
}

function looksLikeMessage(value: unknown): boolean {
  return (
    isJsonObject(value) &&
    typeof value["role"] === "string" &&
    (value["content"] !== undefined || detectMessageFormat(value) !== undefined)
  );
}

/**
 * Returns the format of a list of messages: the one that its signs agree on; `fallback` if none has a sign and at least one is a
 * message (the reader then reports the others); undefined if the signs disagree or nothing is a message.
 */
export function detectListFormat(messages: readonly unknown[], fallback: Format): Format | undefined {
  const votes = collectFormatVotes(messages);
  if (votes.size === 1) return [...votes.keys()][0];
  return votes.size === 0 && messages.some(looksLikeMessage) ? fallback : undefined;
}

/** Returns the format that a request's own fields indicate, for messages that do not indicate one. */
function chooseFallback(request: JsonObject): Format {
  const { system, tools, model } = request as { system?: unknown; tools?: unknown; model?: unknown };
  if (isJsonObject(tools)) return "ai-sdk";
  const isSchema =
    Array.isArray(tools) && tools.some((tool) => isJsonObject(tool) && tool["input_schema"] !== undefined);
  const isClaude =
    typeof model === "string" && /(^|[/.])claude/.test(model) && request["max_tokens"] !== undefined;
  return isSchema || isClaude || (system !== undefined && system !== null) ? "anthropic" : "openai-chat";
}

/** Finds the list of messages in an object, with the fallback format that its other fields indicate. */
export function findList(value: JsonObject): { readonly key: string; readonly fallback: Format } | undefined {
  if (Array.isArray(value["history"])) return { key: "history", fallback: "swe-agent" };
  if (Array.isArray(value["trajectory"])) return { key: "trajectory", fallback: "swe-agent" };
  if (Array.isArray(value["traj"])) return { key: "traj", fallback: "openai-chat" };
  if (Array.isArray(value["messages"])) return { key: "messages", fallback: chooseFallback(value) };
  if (value["contents"] !== undefined && value["contents"] !== null)
    return { key: "contents", fallback: "gemini" };
  if (Array.isArray(value["input"]) || typeof value["input"] === "string")
    return { key: "input", fallback: "openai-responses" };
  return undefined;
}

/**
 * Detects the format of a parsed value: a request, a `.traj` object, a list of messages, or one message. A list of plain roles
 * and texts is `openai-chat`. Undefined if nothing indicates a format, or if messages of two formats are mixed.
 */
export function detectFormat(value: unknown): Format | undefined {
  if (Array.isArray(value)) return value.length === 0 ? undefined : detectListFormat(value, "openai-chat");
  if (!isJsonObject(value)) return undefined;
  const list = findList(value);
  if (list === undefined) return detectListFormat([value], "openai-chat");
  const messages: unknown = value[list.key];
  if (list.key === "history" || list.key === "trajectory") return "swe-agent";
  if (list.key === "input") return "openai-responses";
  if (list.key === "contents") return "gemini";
  return Array.isArray(messages) ? detectListFormat(messages, list.fallback) : undefined;
}
