import type { JsonObject } from "../../../shared/json/json-object.ts";
import { openAiChatSigns } from "./openai-chat-signs.ts";
import type { FormatSigns } from "./sign.ts";

function isStep(message: JsonObject): boolean {
  return message["role"] === undefined && typeof message["action"] === "string" && "observation" in message;
}

function isHistoryMessage(message: JsonObject): boolean {
  if (typeof message["role"] !== "string") return false;
  if (Array.isArray(message["tool_call_ids"])) return true;
  if (typeof message["action"] === "string" && typeof message["thought"] === "string") return true;
  return typeof message["agent"] === "string" || typeof message["message_type"] === "string";
}

/** Histories and trajectories of SWE-agent: OpenAI chat messages with the agent's own fields, or steps without a role. */
export const sweAgentSigns: FormatSigns = {
  roles: openAiChatSigns.roles,
  itemTypes: new Set(),
  blockTypes: openAiChatSigns.blockTypes,
  listKeys: ["history", "trajectory"],
  includes: ["openai-chat"],
  readMessageSign: (message) => (isStep(message) || isHistoryMessage(message) ? "certain" : undefined),
  readBlockSign: () => undefined,
  countRequestSigns: (request) =>
    Array.isArray(request["history"]) || Array.isArray(request["trajectory"]) ? 2 : 0,
};
