import type { JsonObject } from "../../../shared/json/json-object.ts";
import { countFields, hasField, listObjects } from "./sign.ts";
import type { FormatSigns, SignStrength } from "./sign.ts";

/** Block types that only Anthropic's messages have, from the types that Anthropic publishes (beta included). */
const ownBlocks = new Set([
  "tool_use",
  "tool_result",
  "server_tool_use",
  "mcp_tool_use",
  "mcp_tool_result",
  "web_search_tool_result",
  "web_fetch_tool_result",
  "code_execution_tool_result",
  "bash_code_execution_tool_result",
  "text_editor_code_execution_tool_result",
  "tool_search_tool_result",
  "advisor_tool_result",
  "container_upload",
  "search_result",
  "compaction",
  "fallback",
  "tool_addition",
  "tool_removal",
]);

/** Blocks that routers pass on inside OpenAI's format too. */
const sharedBlocks = new Set(["thinking", "redacted_thinking", "document", "image"]);

const requestFields = ["anthropic_version", "anthropic_beta", "stop_sequences", "mcp_servers"];

function readBlockSign(block: JsonObject): SignStrength | undefined {
  const type = block["type"];
  if (typeof type !== "string") return undefined;
  if (ownBlocks.has(type)) return "certain";
  // Tools of the provider that are newer than this list.
  if (typeof block["tool_use_id"] === "string" && type.endsWith("_tool_result")) return "certain";
  if (type.endsWith("_tool_use") && typeof block["id"] === "string" && hasField(block, "input"))
    return "certain";
  if (type === "thinking") return typeof block["thinking"] === "string" ? "likely" : undefined;
  if (type === "redacted_thinking") return "likely";
  return (type === "document" || type === "image") && hasField(block, "source") ? "likely" : undefined;
}

/** Returns true for an answer of Anthropic: its texts have the type `text`, those of OpenAI's responses `output_text`. */
export function isAnthropicReply(value: JsonObject): boolean {
  if (value["type"] !== "message") return false;
  return listObjects(value["content"]).some(
    (block) => block["type"] === "text" || readBlockSign(block) !== undefined,
  );
}

/** Anthropic's messages. */
export const anthropicSigns: FormatSigns = {
  roles: new Set(["user", "assistant", "system"]),
  itemTypes: new Set(),
  blockTypes: new Set(["text", ...ownBlocks, ...sharedBlocks]),
  listKeys: [],
  includes: [],
  readMessageSign: (message) => (isAnthropicReply(message) ? "certain" : undefined),
  readBlockSign,
  countRequestSigns: (request) => {
    const tools = listObjects(request["tools"]);
    const hasSchemas = tools.some((tool) => hasField(tool, "input_schema"));
    const system = request["system"];
    const hasSystem = typeof system === "string" || Array.isArray(system);
    return countFields(request, requestFields) + (hasSchemas ? 2 : 0) + (hasSystem ? 1 : 0);
  },
};
