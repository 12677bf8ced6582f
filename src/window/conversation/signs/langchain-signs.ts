import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import type { FormatSigns } from "./sign.ts";

const types = ["human", "ai", "system", "tool", "function", "chat", "developer"] as const;
const classes = ["Human", "AI", "System", "Tool", "Function", "Chat"] as const;
const itemTypes = new Set<string>([
  ...types,
  ...classes.flatMap((name) => [`${name}Message`, `${name}MessageChunk`]),
  "constructor",
]);

function isConstructor(message: JsonObject): boolean {
  return message["type"] === "constructor" && Array.isArray(message["id"]) && isJsonObject(message["kwargs"]);
}

function isMessage(message: JsonObject): boolean {
  const { role, type, data } = message;
  if (role === "human" || role === "ai") return true;
  if (role !== undefined || typeof type !== "string" || !itemTypes.has(type)) return false;
  return isConstructor(message) || isJsonObject(data) || "content" in message;
}

/** Messages of LangChain: with a type in place of a role, flat, in `data`, or as a serialized constructor. */
export const langChainSigns: FormatSigns = {
  roles: new Set(["human", "ai"]),
  itemTypes,
  blockTypes: new Set([
    "text",
    "image_url",
    "image",
    "file",
    "tool_use",
    "tool_call",
    "reasoning",
    "thinking",
  ]),
  listKeys: [],
  // Its content may hold the blocks of any provider.
  includes: ["openai-chat", "openai-responses", "anthropic", "ai-sdk"],
  readMessageSign: (message) => (isMessage(message) ? "certain" : undefined),
  readBlockSign: () => undefined,
  countRequestSigns: () => 0,
};
