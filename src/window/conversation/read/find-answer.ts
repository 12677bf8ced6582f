import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { findMember, readElements, readText } from "../json/json-node.ts";
import type { JsonNode } from "../json/json-node.ts";
import { parseJson } from "../json/parse-json.ts";
import type { Format } from "../message/message.ts";
import { formatSigns } from "../signs/format-signs.ts";

/** The messages of a provider's response, with the format that its envelope states. */
export interface FoundAnswer {
  readonly messages: readonly JsonNode[];
  readonly format: Format | undefined;
  readonly model: string | undefined;
}

/** Fields in which logs keep a body: as JSON, or as the text of it. */
const bodyKeys = ["body", "json", "data", "content", "postData"] as const;

/** Returns a body as a value: logs often keep it as a text. Undefined if the text is not an object or a list. */
export function parseBody(node: JsonNode | undefined): JsonNode | undefined {
  const text = readText(node) ?? readText(findMember(node, "text"));
  if (text === undefined) return node;
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return { json: text.trim(), value: parseJson(text) };
  } catch {
    return undefined;
  }
}

/** Returns a node and the bodies that it may hold, outermost first. */
export function listBodies(node: JsonNode | undefined): readonly JsonNode[] {
  if (node === undefined) return [];
  const inner = isJsonObject(node.value) ? bodyKeys.map((key) => parseBody(findMember(node, key))) : [];
  return [parseBody(node), ...inner].flatMap((found) => found ?? []);
}

function isItem(value: unknown): boolean {
  if (!isJsonObject(value)) return false;
  return formatSigns["openai-responses"].readMessageSign(value) === "certain";
}

function isAnswerOf(value: JsonObject): Format | undefined {
  const { choices, output, candidates, role, content } = value;
  const [choice] = Array.isArray(choices) ? (choices as readonly unknown[]) : [];
  if (isJsonObject(choice) && isJsonObject(choice["message"])) return "openai-chat";
  if (value["object"] === "response" && Array.isArray(output)) return "openai-responses";
  if (Array.isArray(output) && output.length > 0 && output.every(isItem)) return "openai-responses";
  const [candidate] = Array.isArray(candidates) ? (candidates as readonly unknown[]) : [];
  if (isJsonObject(candidate) && isJsonObject(candidate["content"])) return "gemini";
  if (isJsonObject(output) && isJsonObject(output["message"])) return "bedrock";
  return value["type"] === "message" && role === "assistant" && Array.isArray(content)
    ? "anthropic"
    : undefined;
}

function listMessages(node: JsonNode, format: Format): readonly JsonNode[] {
  const first = (name: string): JsonNode | undefined => readElements(findMember(node, name))[0];
  switch (format) {
    case "openai-chat":
      return [findMember(first("choices"), "message")].flatMap((found) => found ?? []);
    case "openai-responses":
      return readElements(findMember(node, "output"));
    case "gemini":
      return [findMember(first("candidates"), "content")].flatMap((found) => found ?? []);
    case "bedrock":
      return [findMember(node, "output", "message")].flatMap((found) => found ?? []);
    default:
      return [node];
  }
}

/**
 * Finds the messages in a response of a provider: chat completions, responses, Anthropic, Gemini, Bedrock, Ollama, and the AI
 * SDK's result. Of several choices the first counts. Undefined if the value is not a response.
 */
export function findAnswer(node: JsonNode): FoundAnswer | undefined {
  const { value } = node;
  if (!isJsonObject(value)) return undefined;
  const model = readText(findMember(node, "model")) ?? readText(findMember(node, "modelVersion"));
  const format = isAnswerOf(value);
  if (format !== undefined) return { messages: listMessages(node, format), format, model };
  const message = findMember(node, "message");
  // Ollama's answer holds its message next to counts.
  if (isJsonObject(message?.value) && message.value["role"] === "assistant" && "done" in value)
    return { messages: [message], format: "ollama", model };
  const made = readElements(findMember(node, "response", "messages"));
  return made.length === 0 ? undefined : { messages: made, format: "ai-sdk", model };
}

/** Finds the answer in a field of a log: a response, a body around one, or the assistant's message alone. */
export function findLoggedAnswer(node: JsonNode | undefined): FoundAnswer | undefined {
  for (const body of listBodies(node)) {
    const found = findAnswer(body) ?? findAnswer(findMember(body, "message") ?? body);
    if (found !== undefined) return found;
    const { value } = body;
    if (isJsonObject(value) && value["role"] === "assistant")
      return { messages: [body], format: undefined, model: undefined };
  }
  return undefined;
}
