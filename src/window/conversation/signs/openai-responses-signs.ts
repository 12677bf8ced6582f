import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { isAnthropicReply } from "./anthropic-signs.ts";
import { countFields, hasField, listObjects } from "./sign.ts";
import type { FormatSigns } from "./sign.ts";

/** Types of input and output items other than messages, from the types that OpenAI publishes. */
const itemTypes = new Set([
  "additional_tools",
  "apply_patch_call",
  "apply_patch_call_output",
  "code_interpreter_call",
  "compaction",
  "compaction_summary",
  "compaction_trigger",
  "computer_call",
  "computer_call_output",
  "custom_tool_call",
  "custom_tool_call_output",
  "file_search_call",
  "function_call",
  "function_call_output",
  "image_generation_call",
  "item_reference",
  "local_shell_call",
  "local_shell_call_output",
  "mcp_approval_request",
  "mcp_approval_response",
  "mcp_call",
  "mcp_list_tools",
  "message",
  "program",
  "program_output",
  "reasoning",
  "shell_call",
  "shell_call_output",
  "tool_search_call",
  "tool_search_output",
  "web_search_call",
]);

const ownBlocks = new Set(["input_text", "output_text", "input_image", "input_file", "summary_text"]);

const requestFields = ["instructions", "max_output_tokens", "previous_response_id", "include", "truncation"];

/** Fields that only items of the Agents SDK have. */
const agentFields = ["callId", "providerData"];
/** Fields of blocks that the Agents SDK does not have. */
const blockFields = ["image_url", "file_id", "file_data", "file_url", "annotations", "logprobs"];

function isFlatFunction(tool: JsonObject): boolean {
  return tool["type"] === "function" && typeof tool["name"] === "string" && !isJsonObject(tool["function"]);
}

/** OpenAI responses: items with a type, or messages with a role. */
export const openAiResponsesSigns: FormatSigns = {
  roles: new Set(["system", "developer", "user", "assistant"]),
  itemTypes,
  blockTypes: new Set([...ownBlocks, "input_audio", "output_audio", "refusal", "computer_screenshot"]),
  listKeys: ["input"],
  includes: [],
  readMessageSign: (message) => {
    const { role, type } = message;
    if (typeof type !== "string" || !itemTypes.has(type)) return undefined;
    // Anthropic's answers have the type "message" as well: their blocks distinguish them.
    if (isAnthropicReply(message)) return undefined;
    // The Agents SDK has these too: its items differ in the names of other fields.
    if (type === "message") return "likely";
    if (role !== undefined || countFields(message, agentFields) > 0) return undefined;
    return type === "reasoning" && !hasField(message, "summary") ? "likely" : "certain";
  },
  readBlockSign: (block) => {
    if (typeof block["type"] !== "string" || !ownBlocks.has(block["type"])) return undefined;
    return countFields(block, blockFields) > 0 ? "certain" : "likely";
  },
  countRequestSigns: (request) => {
    const hasInput = Array.isArray(request["input"]) || typeof request["input"] === "string";
    const hasFlatTools = listObjects(request["tools"]).some(isFlatFunction);
    return countFields(request, requestFields) + (hasInput ? 2 : 0) + (hasFlatTools ? 2 : 0);
  },
};
