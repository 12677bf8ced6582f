import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, hasField, listObjects } from "./sign.ts";
import type { FormatSigns, SignStrength } from "./sign.ts";

/** Fields of a message that no other format has. */
const ownFields = [
  "tool_calls",
  "tool_call_id",
  "function_call",
  "reasoning",
  "reasoning_content",
  "reasoning_details",
  "thinking_blocks",
  "refusal",
];

/** Blocks that OpenAI's chat completions and the providers that follow it accept and no other format has. */
const ownBlocks = new Set(["image_url", "video_url", "audio_url", "document_url"]);

const requestFields = [
  "max_completion_tokens",
  "response_format",
  "stream_options",
  "parallel_tool_calls",
  "frequency_penalty",
  "presence_penalty",
  "logit_bias",
  "functions",
  "function_call",
  "reasoning_effort",
];

function readBlockSign(block: JsonObject): SignStrength | undefined {
  const type = block["type"];
  if (typeof type !== "string") return undefined;
  if (ownBlocks.has(type)) return "certain";
  // Mistral's reasoning models answer with a list of texts; Anthropic's `thinking` is a string.
  if (type === "thinking") return Array.isArray(block["thinking"]) ? "certain" : undefined;
  if (type === "file") return isJsonObject(block["file"]) ? "certain" : undefined;
  // OpenAI's responses accept it too.
  return type === "input_audio" && isJsonObject(block["input_audio"]) ? "likely" : undefined;
}

/** OpenAI chat completions, and the providers that follow them. `cache_control` is not a sign: OpenRouter and LiteLLM accept it. */
export const openAiChatSigns: FormatSigns = {
  roles: new Set(["system", "developer", "user", "assistant", "tool", "function"]),
  itemTypes: new Set(),
  blockTypes: new Set([
    "text",
    ...ownBlocks,
    "thinking",
    "redacted_thinking",
    "file",
    "input_audio",
    "refusal",
    "reference",
    "image",
    "document",
  ]),
  listKeys: [],
  includes: [],
  readMessageSign: (message) => {
    const { role, content } = message;
    if (typeof role !== "string") return undefined;
    if (role === "function" || countFields(message, ownFields) > 0) return "certain";
    return role === "tool" && typeof content === "string" ? "certain" : undefined;
  },
  readBlockSign,
  countRequestSigns: (request) => {
    const hasFunctions = listObjects(request["tools"]).some((tool) => isJsonObject(tool["function"]));
    return countFields(request, requestFields) + (hasFunctions ? 2 : 0) + (hasField(request, "n") ? 1 : 0);
  },
};
